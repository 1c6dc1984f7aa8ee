/* Exact nearest neighbours by cosine over unit vectors, held in memory. Not thread-safe: one call at a time, but
 * for sr_gallery_stage, beside which searches may run. */

typedef struct sr_gallery sr_gallery;

enum { SR_GALLERY_NO_MEMORY = -1, SR_GALLERY_NO_SUCH_ROW = -2 };

typedef struct {
    uint32_t row;
    float cosine;
} sr_gallery_hit;

typedef struct {
    const float* vector;       /* dim floats, finite, of unit length */
    const uint8_t* group_sets; /* 1 for each permitted group set, by its number; NULL permits all rows */
    size_t group_set_count;
    size_t k;       /* hits wanted, at least 1 */
    size_t threads; /* at least 1, the caller's included */
    int exhaustive; /* 1: compute every cosine, without the first pass; the answer is the same */
} sr_gallery_query;

/* NULL when there is no memory. */
sr_gallery* sr_gallery_new(size_t dim);
void sr_gallery_free(sr_gallery* gallery);

/* Rows are dim finite floats of unit length. They come in three steps, so that a search never waits for more than
 * the last: room for them, the rows written into it behind the last one, where no search looks, and then they
 * count. All return 0 or a negative code, and change nothing when they fail. What was staged is forgotten by the
 * next sr_gallery_stage, and must be behind the last row still when it is to count. */
int sr_gallery_reserve(sr_gallery* gallery, size_t count);
/* Needs room for `count` rows; the room stays until a row is removed. */
int sr_gallery_stage(sr_gallery* gallery, const float* vectors, size_t count);
/* The first `count` staged rows get the numbers from what was the count of rows; their ranks, which count up from
 * `first_rank`, decide between equal cosines, the smaller first. */
int sr_gallery_append_staged(sr_gallery* gallery, size_t count, uint64_t first_rank, const uint32_t* group_sets);
/* The first staged row takes the place and the rank of another. */
int sr_gallery_replace_staged(sr_gallery* gallery, size_t row, uint32_t group_set);
int sr_gallery_regroup(sr_gallery* gallery, size_t row, uint32_t group_set);
/* The last row takes the number of the removed one. */
int sr_gallery_remove(sr_gallery* gallery, size_t row);

/* Writes at most k hits, best first, and returns how many, or a negative code. `rescored`, when not NULL, gets the
 * number of rows whose cosine was computed in full. */
int64_t sr_gallery_search(const sr_gallery* gallery, const sr_gallery_query* query, sr_gallery_hit* hits,
                          uint64_t* rescored);
