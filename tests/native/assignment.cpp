// Random sparse gains against all pairings tried; then large rounds, with everyone equal and with nobody possible.

#include "assignment.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

#include "check.h"

namespace {

using Gains = std::vector<std::vector<double>>;  // 0 is impossible

double best_total(const Gains& gains, size_t row, std::vector<char>& taken) {
    if (row == gains.size()) return 0.0;
    double best = best_total(gains, row + 1, taken);
    for (size_t column = 0; column < taken.size(); ++column) {
        if (taken[column] || gains[row][column] <= 0.0) continue;
        taken[column] = 1;
        best = std::max(best, gains[row][column] + best_total(gains, row + 1, taken));
        taken[column] = 0;
    }
    return best;
}

// The total of the pairing found, or -1 when it uses a line twice or an impossible pair.
double solved_total(sophon::Assignment& assignment, const Gains& gains, size_t columns) {
    assignment.begin(gains.size(), columns);
    for (size_t row = 0; row < gains.size(); ++row)
        for (size_t column = 0; column < columns; ++column)
            if (gains[row][column] > 0.0) assignment.add(row, column, gains[row][column]);
    std::set<int32_t> rows, used;
    double total = 0.0;
    for (const sophon::Pair& pair : assignment.solve()) {
        const double gain = gains.at(pair.row).at(pair.column);
        if (gain <= 0.0 || !rows.insert(pair.row).second || !used.insert(pair.column).second) return -1.0;
        total += gain;
    }
    return total;
}

Gains random_gains(std::mt19937& engine, size_t rows, size_t columns, bool coarse) {
    std::uniform_real_distribution<double> part(0.0, 1.0);
    const double density = part(engine);
    Gains gains(rows, std::vector<double>(columns, 0.0));
    for (auto& line : gains)
        for (double& gain : line)
            if (part(engine) < density) gain = coarse ? std::ceil(part(engine) * 3.0) : 20.0 * part(engine);
    return gains;
}

}  // namespace

int main() {
    std::mt19937 engine(7);
    sophon::Assignment assignment;
    for (int round = 0; round < 3000; ++round) {
        const size_t rows = engine() % 7, columns = engine() % 7;
        const Gains gains = random_gains(engine, rows, columns, round % 2 == 0);
        std::vector<char> taken(columns, 0);
        CHECK(std::abs(solved_total(assignment, gains, columns) - best_total(gains, 0, taken)) < 1e-9);
    }
    CHECK(solved_total(assignment, Gains(300, std::vector<double>(200, 1.0)), 200) == 200.0);
    CHECK(solved_total(assignment, Gains(512, std::vector<double>(1024, 0.0)), 1024) == 0.0);
    return 0;
}
