/* What the twelve outputs of the YuNet face detector say, as faces in pixels of the picture. */

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
