// Random and degenerate detector outputs: faces are finite, sorted, inside, and within their room.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "check.h"

extern "C" {
#include "postprocess.h"
}

namespace {

std::mt19937 source(3);
constexpr float kInfinity = std::numeric_limits<float>::infinity();
const float kStrange[] = {NAN, kInfinity, -kInfinity, 1e38f, -1e38f, 1e-40f, -0.0f, 88.0f, 200.0f};

std::vector<float> values(size_t count, float low, float high, double strange) {
    std::uniform_real_distribution<float> value(low, high);
    std::uniform_real_distribution<double> chance(0, 1);
    std::vector<float> all(count);
    for (float& x : all) x = chance(source) < strange ? kStrange[source() % std::size(kStrange)] : value(source);
    return all;
}

bool finite(const float* from, size_t count) {
    return std::all_of(from, from + count, [](float x) { return std::isfinite(x); });
}

template <typename Decode>
int check(const sr_yunet_request& request, float highest, Decode decode) {
    const size_t room = static_cast<size_t>(request.max_faces);
    std::vector<float> boxes(room * 4), landmarks(room * 10), scores(room);
    const int32_t count = decode(boxes.data(), landmarks.data(), scores.data());
    CHECK(count >= 0 && count <= request.max_faces);
    for (int32_t i = 0; i < count; ++i) {
        const float* box = boxes.data() + 4 * i;
        CHECK(scores[i] >= request.score_min && scores[i] <= highest && (i == 0 || scores[i] <= scores[i - 1]));
        CHECK(finite(box, 4) && finite(landmarks.data() + 10 * i, 10) && finite(scores.data() + i, 1));
        CHECK(box[0] < box[2] && box[1] < box[3] && box[2] > 0 && box[3] > 0);
        CHECK(box[0] < request.image_width && box[1] < request.image_height);
    }
    return 0;
}

int run(const sr_yunet_request& request, double strange) {
    std::vector<float> outputs[3][4];
    sr_yunet_grid grids[3];
    for (int i = 0; i < 3; ++i) {
        const int stride = 8 << i;
        const size_t cells = static_cast<size_t>(request.input_height / stride) * (request.input_width / stride);
        outputs[i][0] = values(cells, 0, 1.1f, strange);
        outputs[i][1] = values(cells, 0, 1.1f, strange);
        outputs[i][2] = values(cells * 4, -2, 2, strange);
        outputs[i][3] = values(cells * 10, -3, 3, strange);
        grids[i] = {outputs[i][0].data(), outputs[i][1].data(), outputs[i][2].data(), outputs[i][3].data()};
    }
    return check(request, 1.0f, [&](float* boxes, float* landmarks, float* scores) {
        return sr_yunet_decode(grids, &request, boxes, landmarks, scores);
    });
}

// The same of a detector with anchors, with priors or without.
int run_anchors(const sr_yunet_request& request, double strange, bool priors) {
    std::vector<float> outputs[3][3];
    sr_anchor_grid grids[3];
    for (int i = 0; i < 3; ++i) {
        const int stride = 8 << i, rows = request.input_height / stride, columns = request.input_width / stride;
        const size_t anchors = static_cast<size_t>(rows) * columns * 2, width = priors ? 2 : 1;
        outputs[i][0] = values(anchors * width, 0, 1, strange);
        outputs[i][1] = values(anchors * 4, -1, 3, strange);
        outputs[i][2] = values(anchors * 10, -3, 3, strange);
        const float side = priors ? 2.0f * stride : 0.0f;
        grids[i] = {outputs[i][0].data(),
                    outputs[i][1].data(),
                    outputs[i][2].data(),
                    static_cast<int32_t>(width),
                    rows,
                    columns,
                    stride,
                    {side, 2 * side}};
    }
    return check(request, kInfinity, [&](float* boxes, float* landmarks, float* scores) {
        return sr_anchor_decode(grids, &request, boxes, landmarks, scores);
    });
}
}  // namespace

int main() {
    for (const auto& [height, width] : {std::pair<int, int>{0, 0}, {32, 32}, {96, 160}, {384, 640}})
        for (double strange : {0.0, 0.01, 1.0})
            for (float score_min : {0.0f, 0.6f, 0.99f})
                for (float scale : {1.0f, 0.25f, 0.0f, 1e-38f})
                    for (int32_t most : {0, 1, SR_YUNET_MAX_CANDIDATES + 1}) {
                        const sr_yunet_request request{height, width, height, width, scale, score_min, 0.3f, most};
                        if (run(request, strange)) return 1;
                        if (run_anchors(request, strange, true) || run_anchors(request, strange, false)) return 1;
                    }
    return 0;
}
