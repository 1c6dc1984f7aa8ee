// From bytes side by side (B G R B G R ...) to planes of floats, at full or at half size, in one pass.
//
// The promise
//  * At half size a pixel is (a + b + c + d + 2) / 4 of the four it covers, rounded down: what OpenCV's INTER_AREA
//    gives at exactly one half. Where rows or columns are odd in number the last one counts twice, so that the
//    half picture has every pixel of the whole one in it.
//  * Every float of the planes is written, every byte of the picture is read in its row and none beside it.
//  * The result does not depend on the processor: all sums are of integers.
//  * No memory is allocated and nothing throws.
//
// A row is done in blocks by the vectors of the processor, as far as whole blocks go, and to its end by plain
// code. AVX2 shuffles within halves of 16 bytes, which suits: the halves are two blocks of one row at full size,
// and a block of the upper and one of the lower row at half size. NEON takes threes apart as it loads.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "processor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

extern "C" {
#include "pack.h"
}

namespace {

constexpr size_t kChannels = 3;

// Where one row goes, channel by channel.
struct Row {
    float* plane[kChannels];
};

#if defined(__x86_64__)

#define SR_AVX2 __attribute__((target("avx2")))
#define SR_AVX2_INLINE SR_AVX2 static inline __attribute__((always_inline))

// About two rows of 720p. Told so early, memory keeps up: 170 µs a picture became 130 (EPYC, between models).
constexpr uintptr_t kAhead = 8192;

struct Bytes {
    __m256i channel[kChannels];
};

// By address, since what lies ahead may be past the picture; nothing is read there.
SR_AVX2_INLINE void fetch_ahead(const uint8_t* at) {
    __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(at) + kAhead));
}

SR_AVX2_INLINE __m256i two_halves(const uint8_t* low, const uint8_t* high) {
    const __m128i* a = reinterpret_cast<const __m128i*>(low);
    const __m128i* b = reinterpret_cast<const __m128i*>(high);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(a)), _mm_loadu_si128(b), 1);
}

// Takes 16 pixels at `low` and 16 at `high` apart: of each channel one half register from either.
SR_AVX2_INLINE Bytes take_apart(const uint8_t* low, const uint8_t* high) {
    // Where byte i of a channel lies in each of the three loads; -1 makes a zero.
    alignas(16) static constexpr int8_t kFrom[kChannels][kChannels][16] = {
        {{0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
         {-1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14, -1, -1, -1, -1, -1},
         {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 4, 7, 10, 13}},
        {{1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
         {-1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15, -1, -1, -1, -1, -1},
         {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 2, 5, 8, 11, 14}},
        {{2, 5, 8, 11, 14, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
         {-1, -1, -1, -1, -1, 1, 4, 7, 10, 13, -1, -1, -1, -1, -1, -1},
         {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 3, 6, 9, 12, 15}}};
    fetch_ahead(low);
    fetch_ahead(high);
    __m256i loaded[kChannels];
    for (size_t i = 0; i < kChannels; ++i) loaded[i] = two_halves(low + 16 * i, high + 16 * i);
    Bytes out;
    for (size_t channel = 0; channel < kChannels; ++channel) {
        out.channel[channel] = _mm256_setzero_si256();
        for (size_t i = 0; i < kChannels; ++i) {
            const __m128i from = _mm_load_si128(reinterpret_cast<const __m128i*>(kFrom[channel][i]));
            const __m256i some = _mm256_shuffle_epi8(loaded[i], _mm256_broadcastsi128_si256(from));
            out.channel[channel] = _mm256_or_si256(out.channel[channel], some);
        }
    }
    return out;
}

SR_AVX2_INLINE void store_floats(float* to, __m256i integers) {
    _mm256_storeu_ps(to, _mm256_cvtepi32_ps(integers));
}

SR_AVX2_INLINE void store_bytes(float* to, __m128i bytes) {
    store_floats(to, _mm256_cvtepu8_epi32(bytes));
    store_floats(to + 8, _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8)));
}

SR_AVX2 size_t whole_avx2(const uint8_t* pixels, size_t columns, const Row& out) {
    size_t x = 0;
    for (; x + 32 <= columns; x += 32) {
        const Bytes bytes = take_apart(pixels + kChannels * x, pixels + kChannels * (x + 16));
        for (size_t channel = 0; channel < kChannels; ++channel) {
            store_bytes(out.plane[channel] + x, _mm256_castsi256_si128(bytes.channel[channel]));
            store_bytes(out.plane[channel] + x + 16, _mm256_extracti128_si256(bytes.channel[channel], 1));
        }
    }
    return x;
}

SR_AVX2 size_t half_avx2(const uint8_t* upper, const uint8_t* lower, size_t columns, const Row& out) {
    const __m256i ones = _mm256_set1_epi8(1);
    const __m128i two = _mm_set1_epi16(2);
    size_t x = 0;
    for (; 2 * x + 16 <= columns; x += 8) {
        const Bytes bytes = take_apart(upper + kChannels * 2 * x, lower + kChannels * 2 * x);
        for (size_t channel = 0; channel < kChannels; ++channel) {
            const __m256i pairs = _mm256_maddubs_epi16(bytes.channel[channel], ones);
            const __m128i fours = _mm_add_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
            const __m128i means = _mm_srli_epi16(_mm_add_epi16(fours, two), 2);
            store_floats(out.plane[channel] + x, _mm256_cvtepu16_epi32(means));
        }
    }
    return x;
}

const bool kHasAvx2 = sr::x86().avx2;

size_t whole_blocks(const uint8_t* pixels, size_t columns, const Row& out) {
    return kHasAvx2 ? whole_avx2(pixels, columns, out) : 0;
}

size_t half_blocks(const uint8_t* upper, const uint8_t* lower, size_t columns, const Row& out) {
    return kHasAvx2 ? half_avx2(upper, lower, columns, out) : 0;
}

#elif defined(__aarch64__)

void store_floats(float* to, uint16x8_t integers) {
    vst1q_f32(to, vcvtq_f32_u32(vmovl_u16(vget_low_u16(integers))));
    vst1q_f32(to + 4, vcvtq_f32_u32(vmovl_high_u16(integers)));
}

size_t whole_blocks(const uint8_t* pixels, size_t columns, const Row& out) {
    size_t x = 0;
    for (; x + 16 <= columns; x += 16) {
        const uint8x16x3_t bytes = vld3q_u8(pixels + kChannels * x);
        for (size_t channel = 0; channel < kChannels; ++channel) {
            store_floats(out.plane[channel] + x, vmovl_u8(vget_low_u8(bytes.val[channel])));
            store_floats(out.plane[channel] + x + 8, vmovl_high_u8(bytes.val[channel]));
        }
    }
    return x;
}

size_t half_blocks(const uint8_t* upper, const uint8_t* lower, size_t columns, const Row& out) {
    size_t x = 0;
    for (; 2 * x + 16 <= columns; x += 8) {
        const uint8x16x3_t above = vld3q_u8(upper + kChannels * 2 * x);
        const uint8x16x3_t below = vld3q_u8(lower + kChannels * 2 * x);
        for (size_t channel = 0; channel < kChannels; ++channel) {
            const uint16x8_t fours = vpadalq_u8(vpaddlq_u8(above.val[channel]), below.val[channel]);
            store_floats(out.plane[channel] + x, vrshrq_n_u16(fours, 2));
        }
    }
    return x;
}

#else

size_t whole_blocks(const uint8_t*, size_t, const Row&) { return 0; }
size_t half_blocks(const uint8_t*, const uint8_t*, size_t, const Row&) { return 0; }

#endif

void whole(const uint8_t* pixels, size_t columns, const Row& out) {
    for (size_t x = whole_blocks(pixels, columns, out); x < columns; ++x)
        for (size_t channel = 0; channel < kChannels; ++channel)
            out.plane[channel][x] = pixels[kChannels * x + channel];
}

void half(const uint8_t* upper, const uint8_t* lower, size_t columns, const Row& out) {
    for (size_t x = half_blocks(upper, lower, columns, out); 2 * x < columns; ++x) {
        const size_t left = kChannels * 2 * x, right = kChannels * std::min(2 * x + 1, columns - 1);
        for (size_t i = 0; i < kChannels; ++i) {
            const int sum = upper[left + i] + upper[right + i] + lower[left + i] + lower[right + i];
            out.plane[i][x] = static_cast<float>((sum + 2) / 4);
        }
    }
}

}  // namespace

extern "C" void sr_pack(const sr_pack_picture* picture, int32_t halve, int32_t swap, float* planes, int32_t height,
                        int32_t width) {
    const int32_t step = halve ? 2 : 1;
    const size_t columns = static_cast<size_t>(picture->columns), line = static_cast<size_t>(width);
    const size_t written = (columns + static_cast<size_t>(step) - 1) / static_cast<size_t>(step);
    const size_t plane = static_cast<size_t>(height) * line;
    Row out{{planes, planes + plane, planes + 2 * plane}};
    if (swap) std::swap(out.plane[0], out.plane[2]);
    const auto row_at = [picture](int32_t y) { return picture->pixels + y * picture->stride; };
    for (int32_t y = 0; y < picture->rows; y += step) {
        if (halve)
            half(row_at(y), row_at(std::min(y + 1, picture->rows - 1)), columns, out);
        else
            whole(row_at(y), columns, out);
        for (float*& at : out.plane) {
            std::fill(at + written, at + line, 0.0f);
            at += line;
        }
    }
    const size_t rest = plane - static_cast<size_t>((picture->rows + step - 1) / step) * line;
    for (float* at : out.plane) std::fill_n(at, rest, 0.0f);
}
