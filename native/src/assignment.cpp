// Shortest augmenting paths with prices (Kuhn, Munkres, Jonker, Volgenant), one group of connected pairs at a
// time.
//
// In a crowd most faces have one or two possible tracks, so the pairs fall into many small groups, most of one
// pair; a group of n lines and m >= n places costs O(n^2 m). The worst case, everyone possible with everyone, is
// bounded by the caller's limits. A pair that was not added has gain 0 in the matrix: since there are never more
// lines than places, any partial pairing can be filled up with such zeros, and so the best full one is the best
// partial one.

#include "assignment.h"

#include <algorithm>
#include <limits>

namespace sophon {

void Assignment::begin(int32_t rows, int32_t columns) {
    rows_ = rows;
    edges_.clear();
    chosen_.clear();
    parent_.resize(static_cast<size_t>(rows) + static_cast<size_t>(columns));
    for (size_t i = 0; i < parent_.size(); ++i) parent_[i] = static_cast<int32_t>(i);
}

int32_t Assignment::find(int32_t node) {
    while (parent_[node] != node) node = parent_[node] = parent_[parent_[node]];
    return node;
}

const std::vector<Pair>& Assignment::solve() {
    split_into_groups();
    for (size_t first = 0, last = 0; first < edges_.size(); first = last) {
        const int32_t group = find(edges_[first].row);
        while (last < edges_.size() && find(edges_[last].row) == group) ++last;
        solve_group(&edges_[first], last - first);
    }
    return chosen_;
}

void Assignment::split_into_groups() {
    for (const Edge& edge : edges_) {
        const int32_t a = find(edge.row), b = find(rows_ + edge.column);
        parent_[std::max(a, b)] = std::min(a, b);
    }
    std::stable_sort(edges_.begin(), edges_.end(),
                     [this](const Edge& a, const Edge& b) { return find(a.row) < find(b.row); });
}

void Assignment::solve_group(const Edge* edges, size_t count) {
    if (count == 1) {
        chosen_.push_back({edges->row, edges->column});
        return;
    }
    number_group(edges, count);
    fill_gains(edges, count);
    run_hungarian();
    for (size_t place = 1; place <= places_.size(); ++place) {
        const size_t line = line_of_[place];
        if (line == 0 || gains_[(line - 1) * places_.size() + place - 1] <= 0.0) continue;
        const int32_t a = lines_[line - 1], b = places_[place - 1];
        chosen_.push_back(transposed_ ? Pair{b, a} : Pair{a, b});
    }
}

void Assignment::number_group(const Edge* edges, size_t count) {
    lines_.clear();
    places_.clear();
    for (size_t i = 0; i < count; ++i) {
        lines_.push_back(edges[i].row);
        places_.push_back(edges[i].column);
    }
    for (auto* numbers : {&lines_, &places_}) {
        std::sort(numbers->begin(), numbers->end());
        numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
    }
    local_.resize(parent_.size());
    for (size_t i = 0; i < lines_.size(); ++i) local_[lines_[i]] = static_cast<int32_t>(i);
    for (size_t i = 0; i < places_.size(); ++i) local_[rows_ + places_[i]] = static_cast<int32_t>(i);
    transposed_ = lines_.size() > places_.size();
    if (transposed_) std::swap(lines_, places_);
}

void Assignment::fill_gains(const Edge* edges, size_t count) {
    gains_.assign(lines_.size() * places_.size(), 0.0);
    for (size_t i = 0; i < count; ++i) {
        size_t line = local_[edges[i].row], place = local_[rows_ + edges[i].column];
        if (transposed_) std::swap(line, place);
        gains_[line * places_.size() + place] = edges[i].gain;
    }
}

// Lines and places count from 1 here; place 0 stands for the line that looks for a place, line 0 for "free".
void Assignment::run_hungarian() {
    line_price_.assign(lines_.size() + 1, 0.0);
    place_price_.assign(places_.size() + 1, 0.0);
    line_of_.assign(places_.size() + 1, 0);
    came_from_.assign(places_.size() + 1, 0);
    for (size_t line = 1; line <= lines_.size(); ++line) augment(line);
}

// Finds the cheapest way to give `row` a place, moving others where that pays, and walks it back.
void Assignment::augment(size_t row) {
    constexpr double kFar = std::numeric_limits<double>::infinity();
    const size_t count = places_.size();
    slack_.assign(count + 1, kFar);
    visited_.assign(count + 1, 0);
    line_of_[0] = row;
    size_t here = 0;
    while (line_of_[here] != 0) {
        visited_[here] = 1;
        const size_t line = line_of_[here];
        const double* gains = &gains_[(line - 1) * count];
        double step = kFar;
        size_t next = 0;
        for (size_t place = 1; place <= count; ++place) {
            if (visited_[place]) continue;
            const double reduced = -gains[place - 1] - line_price_[line] - place_price_[place];
            if (reduced < slack_[place]) slack_[place] = reduced, came_from_[place] = here;
            if (slack_[place] < step) step = slack_[place], next = place;
        }
        for (size_t place = 0; place <= count; ++place) {
            if (visited_[place]) {
                line_price_[line_of_[place]] += step;
                place_price_[place] -= step;
            } else {
                slack_[place] -= step;
            }
        }
        here = next;
    }
    for (; here != 0; here = came_from_[here]) line_of_[here] = line_of_[came_from_[here]];
}

}  // namespace sophon
