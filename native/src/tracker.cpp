// Two-stage association in the way of ByteTrack (Zhang et al., 2022), stepped by the time given in.
//
// The promise
//  * All that moves or ages follows the time given in, never the number of frames. Time that stands still or runs
//    back by up to lost_ms is no time; a larger jump, to either side, ends all tracks. Times are taken into
//    0..2^53.
//  * A frame's faces go to tracks in three rounds, each the best pairing of what is left: confirmed tracks with
//  sure
//    faces, confirmed tracks with unsure ones, tentative tracks with sure ones. Sure faces left over begin tracks.
//  * Ids are given at confirmation, oldest track first; after the largest comes 1 again.
//  * Nothing grows over the limits of tracker.h; what they shut out has the lowest scores and is counted.
//  * Nothing throws across the C functions.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include "assignment.h"
#include "motion.h"

extern "C" {
#include "tracker.h"
}

namespace sophon {
namespace {

constexpr int64_t kLatestMs = int64_t{1} << 53;
constexpr double kLeastSide = 1.0;  // pixels

struct Followed {
    Motion motion;
    int64_t in_ms;
    int64_t out_ms;
    int32_t face;  // index of this frame's, or -1
    int32_t hits = 1;
    int32_t id = 0;  // 0 until confirmed

    bool confirmed() const { return id != 0; }
    sr_track told() const { return {id, in_ms, out_ms}; }
};

bool is_usable(const float* box, float score) {
    const bool finite = std::isfinite(box[0]) && std::isfinite(box[1]) && std::isfinite(box[2]) &&
                        std::isfinite(box[3]) && std::isfinite(score);
    return finite && static_cast<double>(box[2]) - box[0] >= kLeastSide &&
           static_cast<double>(box[3]) - box[1] >= kLeastSide;
}

Face read_face(const float* box, float score, int32_t index) {
    const double x1 = box[0], y1 = box[1], x2 = box[2], y2 = box[3];
    return {(x1 + x2) / 2.0, (y1 + y2) / 2.0, std::log(x2 - x1), std::log(y2 - y1), score, index};
}

class Tracker {
  public:
    Tracker(const sr_tracker_params& params, int32_t first_id) : params_(params), next_id_(std::max(first_id, 1)) {
        params_.lost_ms = std::clamp(params_.lost_ms, int64_t{0}, kLatestMs);
        tracks_.reserve(SR_TRACKER_MAX_TRACKS);
    }

    // Returns how many tracks were written to `ended`.
    int32_t advance(int64_t now_ms, sr_track* ended);
    void look(int32_t count, const float* boxes, const float* scores);
    void tell(int32_t count, int32_t* track_ids, int64_t* in_ms) const;
    int32_t open(sr_track* tracks) const;
    void clear() { tracks_.clear(); }
    const sr_tracker_stats& counts() const { return counts_; }

  private:
    enum class Stage { kConfirmedSure, kConfirmedUnsure, kTentativeSure };

    int32_t end_tracks(bool all, sr_track* ended);
    void read_faces(int32_t count, const float* boxes, const float* scores);
    void associate(Stage stage);
    void choose_candidates(Stage stage);
    void take(Followed& track, size_t face);
    void begin_tracks();
    void confirm_tracks();
    bool is_sure(const Face& face) const { return face.score >= params_.high_score; }

    sr_tracker_params params_;
    int32_t next_id_;
    int64_t now_ms_ = 0;
    bool started_ = false;
    sr_tracker_stats counts_{};
    std::vector<Followed> tracks_;  // oldest first
    std::vector<Face> faces_;       // of this frame, best score first
    std::vector<char> taken_;       // one per face
    std::vector<size_t> candidate_tracks_, candidate_faces_;
    Assignment assignment_;
};

int32_t Tracker::advance(int64_t told_ms, sr_track* ended) {
    const int64_t now_ms = std::clamp(told_ms, int64_t{0}, kLatestMs);
    const int64_t passed_ms = started_ ? now_ms - now_ms_ : 0;
    const bool jumped = std::abs(passed_ms) > params_.lost_ms;
    if (!started_ || jumped || passed_ms > 0) now_ms_ = now_ms;
    started_ = true;
    const int32_t count = end_tracks(jumped, ended);
    const double seconds = static_cast<double>(std::max(passed_ms, int64_t{0})) / 1000.0;
    for (Followed& track : tracks_) {
        track.face = -1;
        track.motion.predict(seconds);
    }
    return count;
}

int32_t Tracker::end_tracks(bool all, sr_track* ended) {
    int32_t count = 0;
    const auto is_over = [&](const Followed& track) {
        const int64_t keep_ms = track.confirmed() ? params_.lost_ms : params_.tentative_ms;
        if (!all && now_ms_ - track.out_ms <= keep_ms) return false;
        if (track.confirmed()) ended[count++] = track.told();
        return true;
    };
    tracks_.erase(std::remove_if(tracks_.begin(), tracks_.end(), is_over), tracks_.end());
    return count;
}

void Tracker::look(int32_t count, const float* boxes, const float* scores) {
    read_faces(count, boxes, scores);
    associate(Stage::kConfirmedSure);
    associate(Stage::kConfirmedUnsure);
    associate(Stage::kTentativeSure);
    begin_tracks();
    confirm_tracks();
}

void Tracker::read_faces(int32_t count, const float* boxes, const float* scores) {
    faces_.clear();
    for (int32_t i = 0; i < count; ++i) {
        const float* box = boxes + 4 * static_cast<size_t>(i);
        if (!is_usable(box, scores[i])) {
            ++counts_.bad_faces;
        } else if (scores[i] >= params_.low_score) {
            faces_.push_back(read_face(box, scores[i], i));
        }
    }
    std::stable_sort(faces_.begin(), faces_.end(), [](const Face& a, const Face& b) { return a.score > b.score; });
    if (faces_.size() > SR_TRACKER_MAX_FACES) {
        counts_.surplus_faces += static_cast<int64_t>(faces_.size()) - SR_TRACKER_MAX_FACES;
        faces_.erase(faces_.begin() + SR_TRACKER_MAX_FACES, faces_.end());
    }
    taken_.assign(faces_.size(), 0);
}

void Tracker::associate(Stage stage) {
    choose_candidates(stage);
    assignment_.begin(candidate_tracks_.size(), candidate_faces_.size());
    for (size_t row = 0; row < candidate_tracks_.size(); ++row) {
        const Motion& motion = tracks_[candidate_tracks_[row]].motion;
        for (size_t column = 0; column < candidate_faces_.size(); ++column) {
            const double gain = motion.gain(faces_[candidate_faces_[column]]);
            if (gain > 0.0) assignment_.add(row, column, gain);
        }
    }
    for (const Pair& pair : assignment_.solve())
        take(tracks_[candidate_tracks_[pair.row]], candidate_faces_[pair.column]);
}

void Tracker::choose_candidates(Stage stage) {
    const bool confirmed = stage != Stage::kTentativeSure, sure = stage != Stage::kConfirmedUnsure;
    candidate_tracks_.clear();
    candidate_faces_.clear();
    for (size_t i = 0; i < tracks_.size(); ++i)
        if (tracks_[i].face < 0 && tracks_[i].confirmed() == confirmed) candidate_tracks_.push_back(i);
    for (size_t i = 0; i < faces_.size(); ++i)
        if (!taken_[i] && is_sure(faces_[i]) == sure) candidate_faces_.push_back(i);
}

void Tracker::take(Followed& track, size_t face) {
    taken_[face] = 1;
    track.motion.update(faces_[face]);
    track.face = faces_[face].index;
    track.out_ms = now_ms_;
    if (!track.confirmed()) ++track.hits;
}

void Tracker::begin_tracks() {
    for (size_t i = 0; i < faces_.size(); ++i) {
        if (taken_[i] || !is_sure(faces_[i])) continue;
        if (tracks_.size() < SR_TRACKER_MAX_TRACKS) {
            tracks_.push_back({Motion(faces_[i]), now_ms_, now_ms_, faces_[i].index});
        } else {
            ++counts_.refused_tracks;
        }
    }
}

void Tracker::confirm_tracks() {
    for (Followed& track : tracks_) {
        if (track.confirmed() || track.hits < params_.min_hits) continue;
        track.id = next_id_;
        next_id_ = next_id_ == std::numeric_limits<int32_t>::max() ? 1 : next_id_ + 1;
    }
}

void Tracker::tell(int32_t count, int32_t* track_ids, int64_t* in_ms) const {
    std::fill_n(track_ids, count, 0);
    std::fill_n(in_ms, count, 0);
    for (const Followed& track : tracks_) {
        if (track.face < 0 || !track.confirmed()) continue;
        track_ids[track.face] = track.id;
        in_ms[track.face] = track.in_ms;
    }
}

int32_t Tracker::open(sr_track* tracks) const {
    int32_t count = 0;
    for (const Followed& track : tracks_)
        if (track.confirmed()) tracks[count++] = track.told();
    return count;
}

}  // namespace
}  // namespace sophon

struct sr_tracker {
    sophon::Tracker core;
};

sr_tracker* sr_tracker_new(const sr_tracker_params* params, int32_t first_id) {
    try {
        return new sr_tracker{sophon::Tracker(*params, first_id)};
    } catch (...) {
        return nullptr;
    }
}

void sr_tracker_free(sr_tracker* tracker) { delete tracker; }

int32_t sr_tracker_step(sr_tracker* tracker, int64_t now_ms, int32_t count, const float* boxes,
                        const float* scores, int32_t* track_ids, int64_t* in_ms, sr_track* ended) {
    try {
        const int32_t ended_count = tracker->core.advance(now_ms, ended);
        tracker->core.look(count, boxes, scores);
        tracker->core.tell(count, track_ids, in_ms);
        return ended_count;
    } catch (...) {
        return -1;
    }
}

int32_t sr_tracker_open(const sr_tracker* tracker, sr_track* tracks) { return tracker->core.open(tracks); }

int32_t sr_tracker_finish(sr_tracker* tracker, sr_track* tracks) {
    const int32_t count = tracker->core.open(tracks);
    tracker->core.clear();
    return count;
}

sr_tracker_stats sr_tracker_counts(const sr_tracker* tracker) { return tracker->core.counts(); }
