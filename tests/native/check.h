// CHECK(condition): leaves the function with 1 and says where, when it does not hold.

#pragma once

#include <cstdio>

#define CHECK(condition)                                                \
    do {                                                                \
        if (!(condition)) {                                             \
            std::printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            return 1;                                                   \
        }                                                               \
    } while (false)
