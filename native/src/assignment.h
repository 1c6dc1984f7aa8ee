// Who goes with whom: the pairing of rows and columns with the largest total gain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sophon {

struct Pair {
    int32_t row;
    int32_t column;
};

// Collects the pairs that are possible, each with its gain > 0; what was not added cannot be chosen.
// Its memory stays for the next round.
class Assignment {
  public:
    void begin(int32_t rows, int32_t columns);
    void add(int32_t row, int32_t column, double gain) { edges_.push_back({row, column, gain}); }

    // The pairs of largest total gain, valid until the next begin(). Which of several equally good pairings is
    // open, but the same input gives the same answer.
    const std::vector<Pair>& solve();

  private:
    struct Edge {
        int32_t row;
        int32_t column;
        double gain;
    };

    using size_t = std::size_t;

    int32_t find(int32_t node);
    void split_into_groups();
    void solve_group(const Edge* edges, size_t count);
    void number_group(const Edge* edges, size_t count);
    void fill_gains(const Edge* edges, size_t count);
    void run_hungarian();
    void augment(size_t row);

    int32_t rows_ = 0;
    std::vector<Edge> edges_;
    std::vector<int32_t> parent_;  // union-find over rows, then columns
    std::vector<Pair> chosen_;

    // One group, as a dense matrix with no more lines than places.
    bool transposed_ = false;
    std::vector<int32_t> lines_, places_;  // original numbers
    std::vector<int32_t> local_;           // original node -> number in the group
    std::vector<double> gains_;
    std::vector<double> line_price_, place_price_, slack_;
    std::vector<size_t> line_of_, came_from_;
    std::vector<char> visited_;
};

}  // namespace sophon
