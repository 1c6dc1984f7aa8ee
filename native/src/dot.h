// Dot products of many rows with one query, by the best instructions of the processor this runs on.

#pragma once

#include <cstddef>
#include <cstdint>

namespace sr {

// Rows lie `dim` values apart; dim is a multiple of kDotLanes, rows and query are padded with zeros.
constexpr size_t kDotLanes = 64;

struct DotKernels {
    const char* name;
    // A row's result depends on the row and the query alone, not on its neighbours or its place.
    void (*f32)(const float* rows, size_t count, const float* query, size_t dim, float* out);
    // Values from -127 to 127; exact while dim is at most 2^16.
    void (*i8)(const int8_t* rows, size_t count, const int8_t* query, size_t dim, int32_t* out);
};

// All kernels this processor can run, the best first; never empty.
size_t dot_kernels(DotKernels* out, size_t room);
const DotKernels& best_dot_kernels();

}  // namespace sr
