/* A picture as the three float planes a model takes. */

typedef struct {
    const uint8_t* pixels; /* of the first row, 3 bytes each */
    int64_t stride;        /* bytes from one row to the next, of either sign */
    int32_t rows;
    int32_t columns;
} sr_pack_picture;

/* Writes the picture into the top left corner of three planes of height * width floats, as values 0 to 255, and
 * 0 right of it and below. halve: at half size; swap: the third byte of a pixel goes to the first plane. What is
 * written, rows and columns or with halve (rows + 1) / 2 and (columns + 1) / 2, must fit. Cannot fail. */
void sr_pack(const sr_pack_picture* picture, int32_t halve, int32_t swap, float* planes, int32_t height,
             int32_t width);
