// Every dot-product kernel this processor can run gives what a plain loop gives.

#include "dot.h"

#include <cmath>
#include <random>

#include "check.h"

namespace {

constexpr size_t kRows = 7;
constexpr size_t kMaxDim = 1024;

alignas(64) float rows[kRows * kMaxDim], query[kMaxDim];
alignas(64) int8_t codes[kRows * kMaxDim], coded_query[kMaxDim];

int check(const sr::DotKernels& kernels, size_t dim) {
    float together[kRows];
    int32_t products[kRows];
    kernels.f32(rows, kRows, query, dim, together);
    kernels.i8(codes, kRows, coded_query, dim, products);
    for (size_t row = 0; row < kRows; ++row) {
        double exact = 0;
        int32_t product = 0;
        for (size_t i = 0; i < dim; ++i) {
            exact += double{rows[row * dim + i]} * query[i];
            product += int32_t{codes[row * dim + i]} * coded_query[i];
        }
        CHECK(products[row] == product);
        CHECK(std::fabs(together[row] - exact) < 1e-6 * static_cast<double>(dim));
        float alone;
        kernels.f32(rows + row * dim, 1, query, dim, &alone);
        CHECK(alone == together[row]);
    }
    return 0;
}

}  // namespace

int main() {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> value(-1, 1);
    std::uniform_int_distribution<int> code(-127, 127);
    for (float& x : rows) x = value(random);
    for (float& x : query) x = value(random);
    for (int8_t& x : codes) x = static_cast<int8_t>(code(random));
    // The greatest sums there are, of either sign.
    for (size_t i = 0; i < kMaxDim; ++i) codes[i] = coded_query[i] = i % 2 ? 127 : -127;

    sr::DotKernels kernels[4];
    const size_t count = sr::dot_kernels(kernels, 4);
    CHECK(count >= 1);
    for (size_t i = 0; i < count; ++i) {
        std::printf("%s\n", kernels[i].name);
        for (size_t dim = sr::kDotLanes; dim <= kMaxDim; dim += sr::kDotLanes)
            if (check(kernels[i], dim)) return 1;
    }
    return 0;
}
