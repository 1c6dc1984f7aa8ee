#include "dot.h"

#include <cstring>

#include "processor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sr {
namespace {

#define SR_INLINE static inline __attribute__((always_inline))

template <class T, size_t N>
SR_INLINE T sum_of(T* parts) {
    for (size_t half = N / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; ++i) parts[i] += parts[i + half];
    return parts[0];
}

// The compiler's own vectors, as wide as the registers of the target this is inlined into.
template <size_t N>
struct Floats {
    typedef float Vector __attribute__((vector_size(N * sizeof(float)), may_alias));
};

template <size_t N>
SR_INLINE void f32_rows(const float* rows, size_t count, const float* query, size_t dim, float* out) {
    using Vector = typename Floats<N>::Vector;
    const Vector* q = reinterpret_cast<const Vector*>(query);
    for (size_t row = 0; row < count; ++row) {
        const Vector* x = reinterpret_cast<const Vector*>(rows + row * dim);
        Vector a{}, b{}, c{}, d{};
        for (size_t i = 0; i < dim / N; i += 4) {
            a += x[i] * q[i];
            b += x[i + 1] * q[i + 1];
            c += x[i + 2] * q[i + 2];
            d += x[i + 3] * q[i + 3];
        }
        a = (a + b) + (c + d);
        float parts[N];
        std::memcpy(parts, &a, sizeof parts);
        out[row] = sum_of<float, N>(parts);
    }
}

void f32_baseline(const float* rows, size_t count, const float* query, size_t dim, float* out) {
    f32_rows<4>(rows, count, query, dim, out);
}

#if defined(__aarch64__)

// Two products of at most 127 * 127 fit 16 bits, so pairs are widened only once.
void i8_baseline(const int8_t* rows, size_t count, const int8_t* query, size_t dim, int32_t* out) {
    for (size_t row = 0; row < count; ++row) {
        const int8_t* x = rows + row * dim;
        int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);
        for (size_t i = 0; i < dim; i += 32) {
            const int8x16_t a = vld1q_s8(x + i), b = vld1q_s8(x + i + 16);
            const int8x16_t p = vld1q_s8(query + i), q = vld1q_s8(query + i + 16);
            low = vpadalq_s16(low,
                              vmlal_s8(vmull_s8(vget_low_s8(a), vget_low_s8(p)), vget_low_s8(b), vget_low_s8(q)));
            high = vpadalq_s16(high, vmlal_high_s8(vmull_high_s8(a, p), b, q));
        }
        out[row] = vaddvq_s32(vaddq_s32(low, high));
    }
}

#else

void i8_baseline(const int8_t* rows, size_t count, const int8_t* query, size_t dim, int32_t* out) {
    for (size_t row = 0; row < count; ++row) {
        int32_t sum = 0;
        for (size_t i = 0; i < dim; ++i) sum += int32_t{rows[row * dim + i]} * query[i];
        out[row] = sum;
    }
}

#endif

#if defined(__x86_64__)

#define SR_AVX2 __attribute__((target("avx2,fma")))
#define SR_AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni,avx2,fma")))

SR_AVX2 void f32_avx2(const float* rows, size_t count, const float* query, size_t dim, float* out) {
    f32_rows<8>(rows, count, query, dim, out);
}

SR_AVX512 void f32_avx512(const float* rows, size_t count, const float* query, size_t dim, float* out) {
    f32_rows<16>(rows, count, query, dim, out);
}

SR_AVX2 SR_INLINE __m256i widened(const int8_t* at) {
    return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(at)));
}

SR_AVX2 void i8_avx2(const int8_t* rows, size_t count, const int8_t* query, size_t dim, int32_t* out) {
    for (size_t row = 0; row < count; ++row) {
        const int8_t* x = rows + row * dim;
        __m256i even = _mm256_setzero_si256(), odd = _mm256_setzero_si256();
        for (size_t i = 0; i < dim; i += 32) {
            even = _mm256_add_epi32(even, _mm256_madd_epi16(widened(x + i), widened(query + i)));
            odd = _mm256_add_epi32(odd, _mm256_madd_epi16(widened(x + i + 16), widened(query + i + 16)));
        }
        alignas(32) int32_t parts[8];
        _mm256_store_si256(reinterpret_cast<__m256i*>(parts), _mm256_add_epi32(even, odd));
        out[row] = sum_of<int32_t, 8>(parts);
    }
}

// VNNI multiplies unsigned by signed: rows get 128 added on the way in, and the query's sum takes it off again.
SR_AVX512 void i8_avx512(const int8_t* rows, size_t count, const int8_t* query, size_t dim, int32_t* out) {
    int32_t surplus = 0;
    for (size_t i = 0; i < dim; ++i) surplus += 128 * query[i];
    const __m512i flip = _mm512_set1_epi8(-128);
    for (size_t row = 0; row < count; ++row) {
        const int8_t* x = rows + row * dim;
        __m512i sum = _mm512_setzero_si512();
        for (size_t i = 0; i < dim; i += 64)
            sum = _mm512_dpbusd_epi32(sum, _mm512_xor_si512(_mm512_load_si512(x + i), flip),
                                      _mm512_load_si512(query + i));
        alignas(64) int32_t parts[16];
        _mm512_store_si512(parts, sum);
        out[row] = sum_of<int32_t, 16>(parts) - surplus;
    }
}

#endif

}  // namespace

size_t dot_kernels(DotKernels* out, size_t room) {
    size_t count = 0;
    const auto add = [&](const DotKernels& one) {
        if (count < room) out[count++] = one;
    };
#if defined(__x86_64__)
    const X86 has = x86();
    if (has.avx512) add({"avx512-vnni", f32_avx512, i8_avx512});
    if (has.avx2) add({"avx2", f32_avx2, i8_avx2});
#endif
    add({"baseline", f32_baseline, i8_baseline});
    return count;
}

const DotKernels& best_dot_kernels() {
    static const DotKernels best = [] {
        DotKernels one;
        dot_kernels(&one, 1);
        return one;
    }();
    return best;
}

}  // namespace sr
