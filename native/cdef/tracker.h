/* Faces of one camera followed from frame to frame. Not for two threads at once; each camera has its own. */

enum { SR_TRACKER_MAX_TRACKS = 512, SR_TRACKER_MAX_FACES = 1024 };

typedef struct {
    double high_score;    /* from here a face may begin a track; below it only goes on with one */
    double low_score;     /* below this a face is not looked at */
    int64_t lost_ms;      /* how long a track that is not seen is kept */
    int64_t tentative_ms; /* the same before it is confirmed */
    int32_t min_hits;     /* faces that confirm a track */
} sr_tracker_params;

typedef struct {
    int32_t track_id;
    int64_t in_ms;  /* first frame seen */
    int64_t out_ms; /* last frame seen */
} sr_track;

typedef struct {
    int64_t bad_faces;      /* not finite, or a side under one pixel */
    int64_t surplus_faces;  /* over SR_TRACKER_MAX_FACES in one step, the lowest scores */
    int64_t refused_tracks; /* over SR_TRACKER_MAX_TRACKS at one time, the lowest scores */
} sr_tracker_stats;

typedef struct sr_tracker sr_tracker;

/* NULL when there is no memory. */
sr_tracker* sr_tracker_new(const sr_tracker_params* params, int32_t first_id);
void sr_tracker_free(sr_tracker* tracker);

/* Looks at one frame. Per face of boxes (4 floats each: x1 y1 x2 y2) and scores: the confirmed track's id and
 * first time, or 0 and 0. Writes the confirmed tracks that ended to ended (room for SR_TRACKER_MAX_TRACKS) and
 * returns how many, or -1 when there is no memory: then the frame was not looked at, or not to its end. */
int32_t sr_tracker_step(sr_tracker* tracker, int64_t now_ms, int32_t count, const float* boxes,
                        const float* scores, int32_t* track_ids, int64_t* in_ms, sr_track* ended);

/* Writes the confirmed tracks (room for SR_TRACKER_MAX_TRACKS) and returns how many. */
int32_t sr_tracker_open(const sr_tracker* tracker, sr_track* tracks);
/* The same, and ends them all. */
int32_t sr_tracker_finish(sr_tracker* tracker, sr_track* tracks);
sr_tracker_stats sr_tracker_counts(const sr_tracker* tracker);
