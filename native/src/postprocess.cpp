// Detector post-processing: select by score, decode what is left, greedy non-maximum suppression.
//
// The promise
//  * YuNet's score is sqrt(clip(cls, 0, 1) * clip(obj, 0, 1)), a detector's with anchors is its own; what is below
//    score_min is never decoded.
//  * Nothing that is not finite becomes a face: neither a score, nor a corner, nor a landmark; nor does what lies
//    more than kFarthest pixels away. A box without area, or without a point of the picture in it, is none either.
//  * At most SR_YUNET_MAX_CANDIDATES of them compete; when more pass, the best scores stay. Equal scores keep the
//    order of the grids (8, 16, 32) and of the cells.
//  * No memory is allocated and nothing throws: all state is on the stack, 44 KiB.
//
// Nearly all of YuNet's time is the walk over cls and obj (19,320 cells at 1280x736). A score can reach score_min
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
constexpr float kFarthest = 1e9f;

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

    void sort() { std::sort(items_.begin(), items_.begin() + count_, better); }
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

// Finite, and so far from the end of float that an area is finite as well.
bool all_usable(const float* values, size_t count) {
    return std::all_of(values, values + count, [](float value) { return std::fabs(value) <= kFarthest; });
}

bool is_in_picture(const Box& box, const sr_yunet_request& request) {
    const float corners[4] = {box.x1, box.y1, box.x2, box.y2};
    return all_usable(corners, 4) && box.x1 < box.x2 && box.y1 < box.y2 && box.x2 > 0.0f && box.y2 > 0.0f &&
           box.x1 < static_cast<float>(request.image_width) && box.y1 < static_cast<float>(request.image_height);
}

// The boxes that stay, coordinate by coordinate, so that the compiler compares a new one with several at a time.
struct Kept {
    float x1[SR_YUNET_MAX_CANDIDATES], y1[SR_YUNET_MAX_CANDIDATES];
    float x2[SR_YUNET_MAX_CANDIDATES], y2[SR_YUNET_MAX_CANDIDATES];
    int32_t count = 0;

    void add(const Box& box) {
        x1[count] = box.x1, y1[count] = box.y1;
        x2[count] = box.x2, y2[count] = box.y2;
        ++count;
    }

    // Does any overlap `box` by more than `iou_max` of what they cover together?
    bool hides(const Box& box, float iou_max) const {
        const float area = (box.x2 - box.x1) * (box.y2 - box.y1);
        int hidden = 0;
        for (int32_t i = 0; i < count; ++i) {
            const float left = x1[i] > box.x1 ? x1[i] : box.x1, right = x2[i] < box.x2 ? x2[i] : box.x2;
            const float top = y1[i] > box.y1 ? y1[i] : box.y1, bottom = y2[i] < box.y2 ? y2[i] : box.y2;
            const float shared = (right - left) * (bottom - top);
            const float covered = area + (x2[i] - x1[i]) * (y2[i] - y1[i]) - shared;
            hidden |= (left < right) & (top < bottom) & (shared > iou_max * covered);
        }
        return hidden != 0;
    }
};

// One grid of the request: its outputs and how its cells lie in the picture.
class Grid {
  public:
    Grid(const sr_yunet_grid& outputs, const sr_yunet_request& request, uint32_t number)
        : outputs_(outputs),
          number_(number),
          columns_(static_cast<uint32_t>(request.input_width / kStrides[number])),
          cells_(columns_ * static_cast<uint32_t>(request.input_height / kStrides[number])),
          cell_size_(static_cast<float>(kStrides[number]) / request.scale) {}

    void select(const sr_yunet_request& request, BestCandidates& candidates) const {
        // A little below the square: the root of a product that rounded up still counts.
        const float floor = request.score_min * request.score_min * (1.0f - 1e-5f);
        for (uint32_t start = 0; start < cells_; start += kBlock) {
            const uint32_t end = std::min<uint32_t>(start + kBlock, cells_);
            if (!any_reaches(outputs_.cls + start, outputs_.obj + start, end - start, floor)) continue;
            for (uint32_t cell = start; cell < end; ++cell) consider(cell, request, candidates);
        }
    }

    void landmarks_of(uint32_t cell, float* out) const {
        const float* kps = outputs_.kps + size_t{10} * cell;
        const float x = static_cast<float>(cell % columns_), y = static_cast<float>(cell / columns_);
        for (size_t i = 0; i < 10; i += 2) {
            out[i] = (kps[i] + x) * cell_size_;
            out[i + 1] = (kps[i + 1] + y) * cell_size_;
        }
    }

  private:
    void consider(uint32_t cell, const sr_yunet_request& request, BestCandidates& candidates) const {
        Candidate one{score_of(outputs_.cls[cell], outputs_.obj[cell]), number_, cell, {}};
        if (!(one.score >= request.score_min) || !candidates.accepts(one)) return;
        one.box = box_of(cell);
        float landmarks[10];
        landmarks_of(cell, landmarks);
        if (is_in_picture(one.box, request) && all_usable(landmarks, 10)) candidates.add(one);
    }

    Box box_of(uint32_t cell) const {
        const float* bbox = outputs_.bbox + size_t{4} * cell;
        const float cx = (static_cast<float>(cell % columns_) + bbox[0]) * cell_size_;
        const float cy = (static_cast<float>(cell / columns_) + bbox[1]) * cell_size_;
        const float w = std::exp(bbox[2]) * cell_size_, h = std::exp(bbox[3]) * cell_size_;
        return {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
    }

    sr_yunet_grid outputs_;
    uint32_t number_, columns_, cells_;
    float cell_size_;  // in pixels of the picture
};

// One grid of a detector with anchors. With priors they are squares around the cell's middle, and the outputs are
// tenths of their side (fifths in the exponent) away from them; without, distances from the cell's corner in
// strides.
class AnchorGrid {
  public:
    AnchorGrid(const sr_anchor_grid& grid, const sr_yunet_request& request, uint32_t number)
        : grid_(grid), number_(number), to_picture_(1.0f / request.scale) {}

    void select(const sr_yunet_request& request, BestCandidates& candidates) const {
        const uint32_t count = static_cast<uint32_t>(grid_.rows) * static_cast<uint32_t>(grid_.columns) * kAnchors;
        const size_t width = static_cast<size_t>(grid_.score_width);
        for (uint32_t anchor = 0; anchor < count; ++anchor) {
            const float score = grid_.scores[width * anchor + width - 1];
            if (score >= request.score_min) consider({score, number_, anchor, {}}, request, candidates);
        }
    }

    void landmarks_of(uint32_t anchor, float* out) const {
        const Place at = place_of(anchor);
        const float unit = has_priors() ? kCentreVariance * at.side : at.side;
        const float* points = grid_.points + size_t{10} * anchor;
        for (size_t i = 0; i < 10; i += 2) {
            out[i] = (at.x + points[i] * unit) * to_picture_;
            out[i + 1] = (at.y + points[i + 1] * unit) * to_picture_;
        }
    }

  private:
    static constexpr uint32_t kAnchors = 2;
    static constexpr float kCentreVariance = 0.1f, kSizeVariance = 0.2f;

    struct Place {
        float x, y, side;  // in input pixels
    };

    bool has_priors() const { return grid_.prior_side[0] > 0.0f; }

    Place place_of(uint32_t anchor) const {
        const uint32_t cell = anchor / kAnchors, columns = static_cast<uint32_t>(grid_.columns);
        const float stride = static_cast<float>(grid_.stride), middle = has_priors() ? 0.5f : 0.0f;
        const float x = static_cast<float>(cell % columns), y = static_cast<float>(cell / columns);
        const float side = has_priors() ? grid_.prior_side[anchor % kAnchors] : stride;
        return {(x + middle) * stride, (y + middle) * stride, side};
    }

    void consider(Candidate one, const sr_yunet_request& request, BestCandidates& candidates) const {
        if (!std::isfinite(one.score) || !candidates.accepts(one)) return;
        one.box = box_of(one.cell);
        float landmarks[10];
        landmarks_of(one.cell, landmarks);
        if (is_in_picture(one.box, request) && all_usable(landmarks, 10)) candidates.add(one);
    }

    Box box_of(uint32_t anchor) const {
        const Place at = place_of(anchor);
        const float* box = grid_.boxes + size_t{4} * anchor;
        if (!has_priors()) {
            return {(at.x - box[0] * at.side) * to_picture_, (at.y - box[1] * at.side) * to_picture_,
                    (at.x + box[2] * at.side) * to_picture_, (at.y + box[3] * at.side) * to_picture_};
        }
        const float x = at.x + box[0] * kCentreVariance * at.side, y = at.y + box[1] * kCentreVariance * at.side;
        const float w = at.side * std::exp(box[2] * kSizeVariance), h = at.side * std::exp(box[3] * kSizeVariance);
        return {(x - w / 2) * to_picture_, (y - h / 2) * to_picture_, (x + w / 2) * to_picture_,
                (y + h / 2) * to_picture_};
    }

    sr_anchor_grid grid_;
    uint32_t number_;
    float to_picture_;
};

// Selects from all grids, best first, and writes what no better one hides.
template <typename AnyGrid>
int32_t decode(const AnyGrid (&all)[3], const sr_yunet_request& request, float* boxes, float* landmarks,
               float* scores) {
    BestCandidates candidates;
    for (const AnyGrid& grid : all) grid.select(request, candidates);
    candidates.sort();
    Kept kept;
    for (size_t i = 0; i < candidates.size() && kept.count < request.max_faces; ++i) {
        const Candidate& one = candidates[i];
        if (kept.hides(one.box, request.iou_max)) continue;
        std::memcpy(boxes + 4 * kept.count, &one.box, sizeof(Box));
        all[one.grid].landmarks_of(one.cell, landmarks + 10 * kept.count);
        scores[kept.count] = one.score;
        kept.add(one.box);
    }
    return kept.count;
}

}  // namespace

extern "C" int32_t sr_yunet_decode(const sr_yunet_grid grids[3], const sr_yunet_request* request, float* boxes,
                                   float* landmarks, float* scores) {
    const Grid all[3] = {{grids[0], *request, 0}, {grids[1], *request, 1}, {grids[2], *request, 2}};
    return decode(all, *request, boxes, landmarks, scores);
}

extern "C" int32_t sr_anchor_decode(const sr_anchor_grid grids[3], const sr_yunet_request* request, float* boxes,
                                    float* landmarks, float* scores) {
    const AnchorGrid all[3] = {{grids[0], *request, 0}, {grids[1], *request, 1}, {grids[2], *request, 2}};
    return decode(all, *request, boxes, landmarks, scores);
}
