// What the x86-64 processor this runs on can do beyond the oldest one.

#pragma once

#if defined(__x86_64__)

#include <cpuid.h>

namespace sr {

struct X86 {
    bool avx2;    // and fma
    bool avx512;  // f, bw and vnni
};

// What it has, and the system keeps over a switch of threads. __builtin_cpu_supports would ask a table that the
// compiler's own library fills, and that of some compilers never does.
inline X86 x86() {
    unsigned a = 0, b = 0, c = 0, d = 0, kept = 0, upper = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return {false, false};
    const bool fma = c & (1u << 12);
    __asm__ volatile("xgetbv" : "=a"(kept), "=d"(upper) : "c"(0));
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return {false, false};
    const bool avx2 = fma && (b & (1u << 5)) && (kept & 0x06) == 0x06;
    const bool vnni = (b & (1u << 16)) && (b & (1u << 30)) && (c & (1u << 11));
    return {avx2, avx2 && vnni && (kept & 0xe6) == 0xe6};
}

}  // namespace sr

#endif
