// Detector post-processing: select by score, decode what is left, greedy non-maximum suppression.
//
// The promise
//  * A face's score is sqrt(clip(cls, 0, 1) * clip(obj, 0, 1)); cells below score_min are never decoded.
//  * Nothing that is not finite becomes a face: neither a score, nor a corner, nor a landmark. A box without
//    area, or without a point of the picture in it, is no face either.
//  * At most SR_YUNET_MAX_CANDIDATES cells compete; when more pass, the best scores stay. Equal scores keep the
//    order of the grids (8, 16, 32) and of the cells.
//  * No memory is allocated and nothing throws: all state is on the stack, 44 KiB.
//
// Nearly all of the time is the walk over cls and obj (19,320 cells at 1280x736). A score can reach score_min
// only when both factors reach its square, the other being at most 1: two comparisons a cell, without a
// product or a root, in blocks the compiler turns into SSE2 or NEON. What passes is a few dozen cells.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" {
#include "postprocess.h"
}

namespace {

constexpr int kStrides[3] = {8, 16, 32};
constexpr size_t kBlock = 32;

struct Box {
    float x1, y1, x2, y2;
};

struct Candidate {
    float score;
    uint32_t grid;
    uint32_t cell;
    Box box;
};

bool better(const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.grid != b.grid ? a.grid < b.grid : a.cell < b.cell;
}

// The best candidates seen so far: a heap with the worst on top, so that a full one knows whom to let go.
class BestCandidates {
  public:
    bool accepts(const Candidate& one) const { return count_ < items_.size() || better(one, items_[0]); }

    void add(const Candidate& one) {
        if (count_ == items_.size()) std::pop_heap(items_.begin(), items_.begin() + count_--, better);
        items_[count_++] = one;
        std::push_heap(items_.begin(), items_.begin() + count_, better);
    }

    void sort() { std::sort_heap(items_.begin(), items_.begin() + count_, better); }
    size_t size() const { return count_; }
    const Candidate& operator[](size_t index) const { return items_[index]; }

  private:
    std::array<Candidate, SR_YUNET_MAX_CANDIDATES> items_;
    size_t count_ = 0;
};

float clip(float value) { return value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value; }

// NaN where the inputs are not finite: no comparison with it holds.
float score_of(float cls, float obj) {
    if (!std::isfinite(cls) || !std::isfinite(obj)) return NAN;
    return std::sqrt(clip(cls) * clip(obj));
}

bool any_reaches(const float* cls, const float* obj, size_t count, float floor) {
    int reached = 0;
    for (size_t i = 0; i < count; ++i) reached |= (cls[i] >= floor) & (obj[i] >= floor);
    return reached != 0;
}

bool all_finite(const float* values, size_t count) {
    return std::all_of(values, values + count, [](float value) { return std::isfinite(value); });
}

Box decode_box(const float* bbox, uint32_t x, uint32_t y, float stride, float scale) {
    const float cx = (static_cast<float>(x) + bbox[0]) * stride, cy = (static_cast<float>(y) + bbox[1]) * stride;
    const float w = std::exp(bbox[2]) * stride, h = std::exp(bbox[3]) * stride;
    return {(cx - w / 2) / scale, (cy - h / 2) / scale, (cx + w / 2) / scale, (cy + h / 2) / scale};
}

bool is_in_picture(const Box& box, const sr_yunet_request& request) {
    const float corners[4] = {box.x1, box.y1, box.x2, box.y2};
    return all_finite(corners, 4) && box.x1 < box.x2 && box.y1 < box.y2 && box.x2 > 0.0f && box.y2 > 0.0f &&
           box.x1 < static_cast<float>(request.image_width) && box.y1 < static_cast<float>(request.image_height);
}

// Intersection over union, in double: boxes of finite floats have finite areas there.
double iou(const Box& a, const Box& b) {
    const double w = std::min<double>(a.x2, b.x2) - std::max<double>(a.x1, b.x1);
    const double h = std::min<double>(a.y2, b.y2) - std::max<double>(a.y1, b.y1);
    if (w <= 0.0 || h <= 0.0) return 0.0;
    const double area_a = (static_cast<double>(a.x2) - a.x1) * (static_cast<double>(a.y2) - a.y1);
    const double area_b = (static_cast<double>(b.x2) - b.x1) * (static_cast<double>(b.y2) - b.y1);
    return w * h / (area_a + area_b - w * h);
}

struct Decoder {
    const sr_yunet_grid* grids;
    const sr_yunet_request& request;
    BestCandidates candidates;

    uint32_t columns(uint32_t grid) const { return static_cast<uint32_t>(request.input_width / kStrides[grid]); }
    uint32_t rows(uint32_t grid) const { return static_cast<uint32_t>(request.input_height / kStrides[grid]); }

    void landmarks_of(const Candidate& one, float* out) const {
        const float* kps = grids[one.grid].kps + size_t{10} * one.cell;
        const float stride = static_cast<float>(kStrides[one.grid]);
        const float x = static_cast<float>(one.cell % columns(one.grid));
        const float y = static_cast<float>(one.cell / columns(one.grid));
        for (size_t i = 0; i < 10; i += 2) {
            out[i] = (kps[i] + x) * stride / request.scale;
            out[i + 1] = (kps[i + 1] + y) * stride / request.scale;
        }
    }

    void consider(uint32_t grid, uint32_t cell) {
        Candidate one{score_of(grids[grid].cls[cell], grids[grid].obj[cell]), grid, cell, {}};
        if (!(one.score >= request.score_min) || !candidates.accepts(one)) return;
        one.box = decode_box(grids[grid].bbox + size_t{4} * cell, cell % columns(grid), cell / columns(grid),
                             static_cast<float>(kStrides[grid]), request.scale);
        float landmarks[10];
        landmarks_of(one, landmarks);
        if (is_in_picture(one.box, request) && all_finite(landmarks, 10)) candidates.add(one);
    }

    void select(uint32_t grid) {
        // A little below the square: the root of a product that rounded up still counts.
        const float floor = request.score_min * request.score_min * (1.0f - 1e-5f);
        const uint32_t cells = columns(grid) * rows(grid);
        for (uint32_t start = 0; start < cells; start += kBlock) {
            const uint32_t end = std::min<uint32_t>(start + kBlock, cells);
            if (!any_reaches(grids[grid].cls + start, grids[grid].obj + start, end - start, floor)) continue;
            for (uint32_t cell = start; cell < end; ++cell) consider(grid, cell);
        }
    }

    int32_t suppress(float* boxes, float* landmarks, float* scores) const {
        std::array<Box, SR_YUNET_MAX_CANDIDATES> kept;
        int32_t count = 0;
        for (size_t i = 0; i < candidates.size() && count < request.max_faces; ++i) {
            const Candidate& one = candidates[i];
            const auto overlaps = [&](const Box& other) { return iou(one.box, other) > request.iou_max; };
            if (std::any_of(kept.begin(), kept.begin() + count, overlaps)) continue;
            kept[count] = one.box;
            std::memcpy(boxes + 4 * count, &one.box, sizeof(Box));
            landmarks_of(one, landmarks + 10 * count);
            scores[count++] = one.score;
        }
        return count;
    }
};

}  // namespace

extern "C" int32_t sr_yunet_decode(const sr_yunet_grid grids[3], const sr_yunet_request* request, float* boxes,
                                   float* landmarks, float* scores) {
    Decoder decoder{grids, *request, {}};
    for (uint32_t grid = 0; grid < 3; ++grid) decoder.select(grid);
    decoder.candidates.sort();
    return decoder.suppress(boxes, landmarks, scores);
}
