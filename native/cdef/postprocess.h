/* What the outputs of a face detector say, as faces in pixels of the picture: YuNet's twelve, or those of one with
 * anchors. */

enum { SR_YUNET_MAX_CANDIDATES = 1024 };

/* One of the three grids (8, 16 and 32 input pixels a cell), row-major, a cell's values side by side. */
typedef struct {
    const float* cls;  /* 1 value a cell */
    const float* obj;  /* 1 value a cell */
    const float* bbox; /* 4 values a cell */
    const float* kps;  /* 10 values a cell */
} sr_yunet_grid;

typedef struct {
    int32_t input_height; /* of the detector's input, multiples of 32 */
    int32_t input_width;
    int32_t image_height;
    int32_t image_width;
    float scale; /* input pixels per image pixel, > 0 */
    float score_min;
    float iou_max;
    int32_t max_faces;
} sr_yunet_request;

/* Writes at most max_faces faces, best score first, and returns how many: boxes 4 floats each (x1 y1 x2 y2),
 * landmarks 10 floats each, scores 1 float each. Needs no memory of its own and cannot fail. */
int32_t sr_yunet_decode(const sr_yunet_grid grids[3], const sr_yunet_request* request, float* boxes,
                        float* landmarks, float* scores);

/* One of the three grids of a detector with two anchors a cell, row-major, an anchor's values side by side. */
typedef struct {
    const float* scores; /* score_width values an anchor, the last one is the face's */
    const float* boxes;  /* 4 values an anchor */
    const float* points; /* 10 values an anchor */
    int32_t score_width;
    int32_t rows;
    int32_t columns;
    int32_t stride;      /* input pixels a cell */
    float prior_side[2]; /* input pixels; 0: no priors, distances from the cell's corner in strides (SCRFD) */
} sr_anchor_grid;

/* As sr_yunet_decode; the input's size in the request is not looked at. */
int32_t sr_anchor_decode(const sr_anchor_grid grids[3], const sr_yunet_request* request, float* boxes,
                         float* landmarks, float* scores);
