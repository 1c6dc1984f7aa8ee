// Pictures and planes that end where their memory ends, of every small size: what plain loops give, and no byte
// beside.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "check.h"

extern "C" {
#include "pack.h"
}

namespace {

std::mt19937 source(5);

// What the plane of a channel has at (y, x).
float expected(const sr_pack_picture& picture, bool halve, int channel, int y, int x) {
    const int step = halve ? 2 : 1;
    if (y * step >= picture.rows || x * step >= picture.columns) return 0;
    int sum = 0;
    for (int row : {y * step, y * step + step - 1})
        for (int column : {x * step, x * step + step - 1})
            sum += picture.pixels[std::min(row, picture.rows - 1) * picture.stride +
                                  std::min(column, picture.columns - 1) * 3 + channel];
    return static_cast<float>((sum + 2) >> 2);
}

int check(const sr_pack_picture& picture, bool halve, bool swap, int margin) {
    const int step = halve ? 2 : 1;
    const int height = (picture.rows + step - 1) / step + margin;
    const int width = (picture.columns + step - 1) / step + margin;
    std::vector<float> planes(static_cast<size_t>(3 * height * width), -1.0f);
    sr_pack(&picture, halve, swap, planes.data(), height, width);
    size_t at = 0;
    for (int plane = 0; plane < 3; ++plane)
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x)
                CHECK(planes[at++] == expected(picture, halve, swap ? 2 - plane : plane, y, x));
    return 0;
}

// The last row is not followed by the gap that lies between rows.
int run(int rows, int columns, int gap) {
    const size_t line = static_cast<size_t>(columns * 3 + gap);
    const size_t size = rows ? line * static_cast<size_t>(rows) - static_cast<size_t>(gap) : 0;
    std::vector<uint8_t> bytes(size);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(source());
    const int64_t stride = static_cast<int64_t>(line);
    sr_pack_picture picture{bytes.data(), stride, rows, columns};
    sr_pack_picture upside_down = picture;
    if (rows) {
        upside_down.pixels += (rows - 1) * stride;
        upside_down.stride = -stride;
    }
    for (bool halve : {false, true})
        for (bool swap : {false, true})
            for (int margin : {0, 5})
                if (check(picture, halve, swap, margin) || check(upside_down, halve, swap, margin)) return 1;
    return 0;
}

}  // namespace

int main() {
    for (int rows : {0, 1, 2, 3, 6, 7})
        for (int columns = 0; columns <= 100; ++columns)
            for (int gap : {0, 1, 61})
                if (run(rows, columns, gap)) return 1;
    return 0;
}
