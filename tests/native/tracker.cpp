// Feeds the tracker's C functions with anything a broken caller or model could bring and checks what always holds.
// Says what broke and exits 1, or exits 0.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <set>
#include <vector>

extern "C" {
#include "tracker.h"
}

namespace {

constexpr int kMostFaces = 1400;
constexpr int64_t kMin64 = std::numeric_limits<int64_t>::min(), kMax64 = std::numeric_limits<int64_t>::max();

class Chaos {
  public:
    explicit Chaos(uint32_t seed) : engine_(seed) {}

    int below(int limit) { return static_cast<int>(engine_() % static_cast<uint32_t>(limit)); }
    float ordinary(float low, float high) { return std::uniform_real_distribution<float>(low, high)(engine_); }

    float coordinate() {
        const float odd[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 3e38f, -3e38f, 1e-45f, 1e10f, -1.0f};
        return below(12) == 0 ? odd[below(10)] : ordinary(-50.0f, 800.0f);
    }

    int64_t time(int64_t now_ms) {
        const int64_t odd[] = {kMin64, kMax64, 0, -1, now_ms - 1, now_ms - 100000, now_ms + 100000, now_ms};
        return below(15) == 0 ? odd[below(8)] : now_ms + below(200);
    }

    sr_tracker_params params() {
        sr_tracker_params params = {0.5, 0.1, 1000, 300, 1 + below(4)};
        const int64_t odd_ms[] = {kMin64, kMax64, 0, -1};
        const double odd_scores[] = {NAN, INFINITY, -INFINITY, 2.0};
        if (below(4) == 0) params.lost_ms = odd_ms[below(4)];
        if (below(4) == 0) params.tentative_ms = odd_ms[below(4)];
        if (below(6) == 0) params.high_score = odd_scores[below(4)];
        if (below(6) == 0) params.low_score = odd_scores[below(4)];
        if (below(6) == 0) params.min_hits = below(2) ? std::numeric_limits<int32_t>::min() : 0;
        return params;
    }

  private:
    std::mt19937 engine_;
};

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::exit(1);
}

struct Input {
    std::vector<float> boxes, scores;
};

// Anything at all, one box many times over, or orderly faces around places that stay.
Input faces(Chaos& chaos, int kind, int count) {
    Input input;
    for (int i = 0; i < count; ++i) {
        const float x = static_cast<float>(i % 32 * 60), y = static_cast<float>(i / 32 * 60);
        const float jitter = chaos.ordinary(-3.0f, 3.0f);
        const std::vector<float> orderly = {x + jitter, y + jitter, x + 40 + jitter, y + 50 + jitter};
        for (int side = 0; side < 4; ++side) {
            const float same[] = {10.0f, 10.0f, 50.0f, 60.0f};
            input.boxes.push_back(kind == 0 ? chaos.coordinate() : kind == 1 ? same[side] : orderly[side]);
        }
        input.scores.push_back(chaos.below(20) == 0 ? chaos.coordinate() : chaos.ordinary(0.0f, 1.0f));
    }
    return input;
}

void check_tracks(const std::vector<sr_track>& tracks, int32_t count) {
    std::set<int32_t> ids;
    must(count >= 0 && count <= SR_TRACKER_MAX_TRACKS, "number of tracks");
    for (int32_t i = 0; i < count; ++i) {
        must(tracks[i].track_id > 0 && ids.insert(tracks[i].track_id).second, "ids of tracks are unique");
        must(tracks[i].in_ms >= 0 && tracks[i].in_ms <= tracks[i].out_ms, "a track begins before it ends");
    }
}

void live(uint32_t seed, int most_faces, int steps) {
    Chaos chaos(seed);
    const sr_tracker_params params = chaos.params();
    const int32_t first_ids[] = {1, std::numeric_limits<int32_t>::max() - 1, 0, -7};
    sr_tracker* tracker = sr_tracker_new(&params, first_ids[chaos.below(4)]);
    must(tracker != nullptr, "a tracker");
    std::vector<sr_track> tracks(SR_TRACKER_MAX_TRACKS);
    int64_t now_ms = 1000000;
    const int kind = chaos.below(3);
    for (int step = 0; step < steps; ++step) {
        const int count = chaos.below(most_faces);
        const Input input = faces(chaos, kind, count);
        std::vector<int32_t> ids(count, -1);
        std::vector<int64_t> in_ms(count, -1);
        const int64_t told_ms = chaos.time(now_ms);
        check_tracks(tracks, sr_tracker_step(tracker, told_ms, count, input.boxes.data(), input.scores.data(),
                                             ids.data(), in_ms.data(), tracks.data()));
        std::set<int32_t> seen;
        for (int i = 0; i < count; ++i) {
            must(ids[i] >= 0 && in_ms[i] >= 0, "every face is answered");
            must(ids[i] == 0 || seen.insert(ids[i]).second, "a track has one face a frame");
        }
        check_tracks(tracks, sr_tracker_open(tracker, tracks.data()));
        if (told_ms > 0 && told_ms < int64_t{1} << 50) now_ms = told_ms;
    }
    check_tracks(tracks, sr_tracker_finish(tracker, tracks.data()));
    must(sr_tracker_open(tracker, tracks.data()) == 0, "finish leaves nothing");
    const sr_tracker_stats counts = sr_tracker_counts(tracker);
    must(counts.bad_faces >= 0 && counts.surplus_faces >= 0 && counts.refused_tracks >= 0, "counters");
    sr_tracker_free(tracker);
}

}  // namespace

int main() {
    for (uint32_t seed = 0; seed < 300; ++seed) live(seed, 24, 40);
    for (uint32_t seed = 1000; seed < 1004; ++seed) live(seed, kMostFaces, 5);
    sr_tracker_free(nullptr);
    return 0;
}
