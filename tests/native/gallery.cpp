// Random puts, removals and searches of a gallery: the first pass finds what the exhaustive search finds.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "check.h"

extern "C" {
#include "gallery.h"
}

namespace {

std::mt19937 source(2);

size_t below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(source); }

// Few distinct directions when `spread` is small: duplicates and ties.
std::vector<float> unit_vector(size_t dim, float spread) {
    std::normal_distribution<float> noise(0, 1);
    std::vector<float> vector(dim);
    vector[below(std::min<size_t>(dim, 3))] = 1;
    for (float& x : vector) x += spread * noise(source);
    double length = 0;
    for (float x : vector) length += double{x} * x;
    for (float& x : vector) x = static_cast<float>(x / std::sqrt(length));
    return vector;
}

int append(sr_gallery* gallery, const std::vector<float>& rows, size_t count, uint64_t first_rank,
           uint32_t group_set) {
    const std::vector<uint32_t> sets(count, group_set);
    CHECK(sr_gallery_reserve(gallery, count) == 0);
    CHECK(sr_gallery_stage(gallery, rows.data(), count) == 0);
    CHECK(sr_gallery_append_staged(gallery, count, first_rank, sets.data()) == 0);
    return 0;
}

int replace(sr_gallery* gallery, size_t row, const std::vector<float>& vector, uint32_t group_set) {
    CHECK(sr_gallery_reserve(gallery, 1) == 0);
    CHECK(sr_gallery_stage(gallery, vector.data(), 1) == 0);
    CHECK(sr_gallery_replace_staged(gallery, row, group_set) == 0);
    return 0;
}

int compare(const sr_gallery* gallery, const sr_gallery_query& query) {
    std::vector<sr_gallery_hit> quick(query.k), slow(query.k);
    sr_gallery_query all = query;
    all.exhaustive = 1;
    uint64_t computed = 0;
    const int64_t found = sr_gallery_search(gallery, &query, quick.data(), &computed);
    CHECK(found >= 0);
    CHECK(found == sr_gallery_search(gallery, &all, slow.data(), nullptr));
    for (int64_t i = 0; i < found; ++i) CHECK(quick[i].row == slow[i].row && quick[i].cosine == slow[i].cosine);
    return 0;
}

int run(size_t dim, size_t steps, float spread) {
    sr_gallery* gallery = sr_gallery_new(dim);
    CHECK(gallery != nullptr);
    size_t size = 0;
    for (size_t step = 0; step < steps; ++step) {
        const auto row = unit_vector(dim, spread);
        const auto group_set = static_cast<uint32_t>(below(5));
        if (size == 0 || below(4) > 0) {
            CHECK(append(gallery, row, 1, step, group_set) == 0);
            ++size;
        } else if (below(2) > 0) {
            CHECK(replace(gallery, below(size), row, group_set) == 0);
        } else {
            CHECK(sr_gallery_remove(gallery, below(size)) == 0);
            --size;
        }
        if (step % 16 != 0) continue;
        const auto vector = unit_vector(dim, spread);
        const uint8_t permitted[4] = {1, 0, 1, 0};  // the fifth set is past the end: not permitted
        if (compare(gallery, {vector.data(), below(2) ? permitted : nullptr, 4, 1 + below(9), 1 + below(3), 0}))
            return 1;
    }
    CHECK(sr_gallery_replace_staged(gallery, size, 0) == SR_GALLERY_NO_SUCH_ROW);
    CHECK(sr_gallery_remove(gallery, size) == SR_GALLERY_NO_SUCH_ROW);
    for (; size > 0; --size) CHECK(sr_gallery_remove(gallery, below(size)) == 0);
    if (compare(gallery, {unit_vector(dim, spread).data(), nullptr, 0, 3, 2, 0})) return 1;
    sr_gallery_free(gallery);
    return 0;
}

// Rows are staged while another thread searches; it finds the rows that count, and never one that does not.
int stage_beside_searches(size_t dim) {
    constexpr size_t kSlice = 64, kSlices = 90;  // more than one chunk
    sr_gallery* gallery = sr_gallery_new(dim);
    CHECK(gallery != nullptr);
    const auto query = unit_vector(dim, 1);
    std::vector<float> rows(kSlice * dim);
    const auto fill = [&](bool near) {
        for (size_t at = 0; at < kSlice; ++at) {
            const auto other = unit_vector(dim, 1);
            for (size_t i = 0; i < dim; ++i) rows[at * dim + i] = near ? query[i] : other[i];
        }
    };
    fill(false);
    CHECK(append(gallery, rows, kSlice, 0, 0) == 0);
    CHECK(sr_gallery_reserve(gallery, kSlice * kSlices) == 0);
    const std::vector<uint32_t> sets(kSlice, 0);
    uint64_t rank = kSlice;
    for (size_t slice = 0; slice < kSlices; ++slice) {
        std::vector<sr_gallery_hit> before(3), meanwhile(3);
        const sr_gallery_query wanted{query.data(), nullptr, 0, 3, 1, 0};
        CHECK(sr_gallery_search(gallery, &wanted, before.data(), nullptr) == 3);
        fill(true);  // each of them nearer than any row that counts
        std::thread staging([&] { sr_gallery_stage(gallery, rows.data(), kSlice); });
        int64_t found = 3;
        bool same = true;
        for (int times = 0; times < 4; ++times) {
            found = std::min(found, sr_gallery_search(gallery, &wanted, meanwhile.data(), nullptr));
            for (int i = 0; i < 3; ++i) same = same && meanwhile[i].row == before[i].row;
        }
        staging.join();
        CHECK(found == 3 && same);
        fill(false);
        CHECK(sr_gallery_stage(gallery, rows.data(), kSlice) == 0);
        CHECK(sr_gallery_append_staged(gallery, kSlice, rank, sets.data()) == 0);
        rank += kSlice;
    }
    if (compare(gallery, {query.data(), nullptr, 0, 5, 2, 0})) return 1;
    CHECK(sr_gallery_stage(gallery, rows.data(), 1 << 20) == SR_GALLERY_NO_MEMORY);  // no room was asked for
    sr_gallery_free(gallery);
    return 0;
}

}  // namespace

int main() {
    for (size_t dim : {3, 64})
        if (stage_beside_searches(dim)) return std::printf("staged rows, %zu dimensions\n", dim), 1;
    for (size_t dim : {1, 2, 17, 64, 100, 512})
        for (float spread : {0.0f, 1e-4f, 0.1f, 1.0f})
            if (run(dim, 300, spread)) return std::printf("%zu dimensions, spread %g\n", dim, spread), 1;
    return run(4, 12000, 0.5f);  // several chunks
}
