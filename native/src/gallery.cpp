// The gallery: which rows are nearest to a query by cosine, exactly.
//
// The promise
//  * An answer is the k permitted rows with the greatest float32 cosines, greatest first, equal ones by rank. It
//  is
//    the same, bit for bit, whether every cosine is computed or the first pass below leaves most of them out, and
//    whatever the number of threads. It depends on nothing but rows, ranks and query: not on the order of rows.
//  * A row that is added never moves the others: storage grows by chunks of kChunkRows and is freed by chunks.
//  * A call that fails for want of memory changes nothing.
//  * Rows are staged behind the last one, in memory that no search reads: it may run meanwhile. Only that they
//  count
//    from now on, or take another's place, needs the gallery for itself, and is a copy at most.
//
// A row x of unit length is kept twice: as float32, and as int8 codes a with one step s, so x = s·a + e. The
// length of e is computed when the row is stored. At a search the query y is coded too: y = t·b + f. Then
//
//     x·y  =  s·t·(a·b)  +  e·(t·b)  +  x·f
//
// and, since no product of two vectors is greater than that of their lengths (Cauchy, Schwarz),
//
//     x·y  <=  s·t·(a·b)  +  |e|·|t·b|  +  |x|·|f|   =: bound
//
// a·b is an integer and exact. The first pass reads codes only, a quarter of the bytes, which is what a search
// over a large gallery costs. A row whose bound is under the k-th best cosine found so far cannot be in the
// answer; any other has its cosine computed from the float32 row there and then. `kRounding` is added to the bound
// for what float32 arithmetic may add to either side: (dim + 64) · 2^-23 is at least twice the classic bound
// n·2^-24·|x|·|y| on a sum of n products plus the handful of roundings in the bound itself.
//
// With unit vectors |e| is about max|x_i| · sqrt(dim) / 440, so the bound is 0.012 to 0.014 above the estimate: of
// 100,000 rows some tens to hundreds are computed in full. Rows all alike cost the exhaustive search plus a
// quarter.

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "dot.h"

extern "C" {
#include "gallery.h"
}

namespace {

constexpr size_t kChunkRows = 4096;
constexpr size_t kBlockRows = 64;
constexpr size_t kHugePage = size_t{2} << 20;
// Rows and queries are accepted as unit vectors within a thousandth by the caller; a little more is allowed here.
constexpr double kLongestVector = 1.01;
// float32 rounding of a value computed in double, upwards.
constexpr double kUpwards = 1.0 + 1e-6;

struct Free {
    void operator()(void* memory) const { std::free(memory); }
};
template <class T>
using Array = std::unique_ptr<T[], Free>;

// Large arrays ask for huge pages: a search walks all of them, and every 4 KiB would cost a page-table walk.
template <class T>
Array<T> make_array(size_t count) {
    const size_t bytes = count * sizeof(T);
    const size_t alignment = bytes >= kHugePage ? kHugePage : 64;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc();
    if (alignment == kHugePage) madvise(memory, bytes, MADV_HUGEPAGE);
    return Array<T>(static_cast<T*>(memory));
}

// A vector as int8 codes times a step, and the length of what that leaves out.
struct Coding {
    float step;
    float error;
    double coded_length;
};

// `dim` is a multiple of kDotLanes. Sums run in kLanes lanes side by side: one after the other they would cost
// more than all the rest.
Coding encode(const float* vector, size_t dim, int8_t* codes) {
    constexpr size_t kLanes = 8;
    static_assert(sr::kDotLanes % kLanes == 0, "rows end at a whole lane");
    // Adding it moves the fraction of a number up to 2^22 out of the mantissa, rounded to even as nearbyint does.
    constexpr float kRounder = 0x1.8p23f;
    float greatest = 0.0f;
    for (size_t i = 0; i < dim; ++i) greatest = std::max(greatest, std::fabs(vector[i]));
    const float step = greatest > 0.0f ? greatest / 127.0f : 1.0f;
    double errors[kLanes] = {}, lengths[kLanes] = {};
    for (size_t start = 0; start < dim; start += kLanes)
        for (size_t lane = 0; lane < kLanes; ++lane) {
            const float value = vector[start + lane];
            const float rounded = (value / step + kRounder) - kRounder;
            const float code = std::max(-127.0f, std::min(127.0f, rounded));
            codes[start + lane] = static_cast<int8_t>(code);
            const double coded = static_cast<double>(code) * step, left = value - coded;
            errors[lane] += left * left;
            lengths[lane] += coded * coded;
        }
    double error = 0.0, length = 0.0;
    for (size_t lane = 0; lane < kLanes; ++lane) {
        error += errors[lane];
        length += lengths[lane];
    }
    return {step, static_cast<float>(std::sqrt(error) * kUpwards), std::sqrt(length)};
}

struct Chunk {
    explicit Chunk(size_t width)
        : vectors(make_array<float>(kChunkRows * width)), codes(make_array<int8_t>(kChunkRows * width)) {}

    Array<float> vectors;
    Array<int8_t> codes;
    float step[kChunkRows];
    float error[kChunkRows];
    uint64_t rank[kChunkRows];
    uint32_t group_set[kChunkRows];
};

struct Hit {
    float cosine;
    uint64_t rank;
    uint32_t row;
};

bool better(const Hit& a, const Hit& b) { return a.cosine != b.cosine ? a.cosine > b.cosine : a.rank < b.rank; }

// The k best hits seen so far, the worst of them on top of the heap.
class BestHits {
  public:
    explicit BestHits(size_t k) : k_(k) { hits_.reserve(k); }

    // What a row must reach to be looked at: a cosine equal to the worst may still win by rank.
    float threshold() const {
        return hits_.size() < k_ ? -std::numeric_limits<float>::infinity() : hits_.front().cosine;
    }

    void offer(const Hit& hit) {
        if (hits_.size() == k_) {
            if (!better(hit, hits_.front())) return;
            std::pop_heap(hits_.begin(), hits_.end(), better);
            hits_.pop_back();
        }
        hits_.push_back(hit);
        std::push_heap(hits_.begin(), hits_.end(), better);
    }

    void merge(const BestHits& other) {
        for (const Hit& hit : other.hits_) offer(hit);
    }

    size_t write_sorted(sr_gallery_hit* out) {
        std::sort_heap(hits_.begin(), hits_.end(), better);
        for (const Hit& hit : hits_) *out++ = {hit.row, hit.cosine};
        return hits_.size();
    }

  private:
    size_t k_;
    std::vector<Hit> hits_;
};

}  // namespace

struct sr_gallery {
    explicit sr_gallery(size_t dim) : dim(dim), width((dim + sr::kDotLanes - 1) / sr::kDotLanes * sr::kDotLanes) {}

    size_t dim;
    size_t width;  // dim, padded with zeros
    size_t size = 0;
    std::vector<std::unique_ptr<Chunk>> chunks;

    // Room for `count` rows more, or nothing changed.
    void reserve(size_t count) {
        const size_t wanted = (size + count + kChunkRows - 1) / kChunkRows, had = chunks.size();
        try {
            while (chunks.size() < wanted) chunks.push_back(std::make_unique<Chunk>(width));
        } catch (...) {
            chunks.resize(had);
            throw;
        }
    }

    // Searches may read the rows before `size` meanwhile.
    void stage(size_t row, const float* vector) {
        Chunk& chunk = *chunks[row / kChunkRows];
        const size_t at = row % kChunkRows;
        float* target = &chunk.vectors[at * width];
        std::copy_n(vector, dim, target);
        std::fill(target + dim, target + width, 0.0f);
        const Coding coding = encode(target, width, &chunk.codes[at * width]);
        chunk.step[at] = coding.step;
        chunk.error[at] = coding.error;
    }

    bool has_room(size_t count) const { return count <= chunks.size() * kChunkRows - size; }

    void label(size_t row, uint64_t rank, uint32_t group_set) {
        chunks[row / kChunkRows]->rank[row % kChunkRows] = rank;
        chunks[row / kChunkRows]->group_set[row % kChunkRows] = group_set;
    }

    uint64_t rank(size_t row) const { return chunks[row / kChunkRows]->rank[row % kChunkRows]; }

    void move(size_t from, size_t to) {
        const Chunk& source = *chunks[from / kChunkRows];
        Chunk& target = *chunks[to / kChunkRows];
        const size_t a = from % kChunkRows, b = to % kChunkRows;
        std::memmove(&target.vectors[b * width], &source.vectors[a * width], width * sizeof(float));
        std::memmove(&target.codes[b * width], &source.codes[a * width], width);
        target.step[b] = source.step[a];
        target.error[b] = source.error[a];
        target.rank[b] = source.rank[a];
        target.group_set[b] = source.group_set[a];
    }
};

namespace {

// One thread's share of a search: every chunk whose number is `first` modulo `every`.
class Scan {
  public:
    Scan(const sr_gallery& gallery, const sr_gallery_query& query)
        : best(std::min(query.k, gallery.size)),
          gallery_(gallery),
          query_(query),
          kernels_(sr::best_dot_kernels()),
          vector_(make_array<float>(gallery.width)),
          codes_(make_array<int8_t>(gallery.width)) {
        std::copy_n(query.vector, gallery.dim, vector_.get());
        std::fill(vector_.get() + gallery.dim, vector_.get() + gallery.width, 0.0f);
        const Coding coding = encode(vector_.get(), gallery.width, codes_.get());
        const double rounding = static_cast<double>(gallery.width + 64) * 0x1p-23;
        step_ = coding.step;
        coded_length_ = static_cast<float>(coding.coded_length * kUpwards);
        allowance_ = static_cast<float>((coding.error * kLongestVector + rounding) * kUpwards);
    }

    void run(size_t first, size_t every) {
        // Chunks behind the last row hold what is being staged.
        for (size_t number = first; number * kChunkRows < gallery_.size; number += every) {
            const size_t rows = std::min(kChunkRows, gallery_.size - number * kChunkRows);
            for (size_t start = 0; start < rows; start += kBlockRows)
                block(*gallery_.chunks[number], number * kChunkRows, start, std::min(start + kBlockRows, rows));
        }
    }

    BestHits best;
    uint64_t rescored = 0;

  private:
    bool permitted(uint32_t group_set) const {
        if (query_.group_sets == nullptr) return true;
        return group_set < query_.group_set_count && query_.group_sets[group_set] != 0;
    }

    void block(const Chunk& chunk, size_t base, size_t start, size_t end) {
        if (!any_permitted(chunk.group_set + start, end - start)) return;
        float reach[kBlockRows];
        if (query_.exhaustive)
            compute(chunk, start, end, reach);
        else
            bound(chunk, start, end, reach);
        if (!any_reaches(reach, end - start, best.threshold())) return;
        for (size_t at = start; at < end; ++at)
            if (reach[at - start] >= best.threshold() && permitted(chunk.group_set[at])) {
                float cosine = reach[at - start];
                if (!query_.exhaustive) compute(chunk, at, at + 1, &cosine);
                best.offer({cosine, chunk.rank[at], static_cast<uint32_t>(base + at)});
            }
    }

    bool any_permitted(const uint32_t* group_sets, size_t count) const {
        if (query_.group_sets == nullptr) return true;
        // The look at the first of them would wait for memory: the codes of a block are read meanwhile.
        __builtin_prefetch(group_sets + kBlockRows);
        return std::any_of(group_sets, group_sets + count, [this](uint32_t one) { return permitted(one); });
    }

    static bool any_reaches(const float* values, size_t count, float threshold) {
        int reached = 0;
        for (size_t i = 0; i < count; ++i) reached |= values[i] >= threshold;
        return reached != 0;
    }

    void bound(const Chunk& chunk, size_t start, size_t end, float* bounds) const {
        int32_t products[kBlockRows];
        kernels_.i8(&chunk.codes[start * gallery_.width], end - start, codes_.get(), gallery_.width, products);
        const float *step = chunk.step + start, *error = chunk.error + start;
        for (size_t i = 0; i < end - start; ++i)
            bounds[i] =
                static_cast<float>(products[i]) * (step[i] * step_) + error[i] * coded_length_ + allowance_;
    }

    void compute(const Chunk& chunk, size_t start, size_t end, float* cosines) {
        kernels_.f32(&chunk.vectors[start * gallery_.width], end - start, vector_.get(), gallery_.width, cosines);
        rescored += end - start;
    }

    const sr_gallery& gallery_;
    const sr_gallery_query& query_;
    const sr::DotKernels& kernels_;
    Array<float> vector_;
    Array<int8_t> codes_;
    float step_, coded_length_, allowance_;
};

// Runs all scans side by side; those that get no thread of their own run on this one.
void run_all(std::vector<Scan>& scans) {
    std::vector<std::thread> threads;
    threads.reserve(scans.size());
    size_t started = 1;
    try {
        for (; started < scans.size(); ++started)
            threads.emplace_back(&Scan::run, &scans[started], started, scans.size());
    } catch (const std::system_error&) {
    }
    scans[0].run(0, scans.size());
    for (size_t left = started; left < scans.size(); ++left) scans[left].run(left, scans.size());
    for (std::thread& thread : threads) thread.join();
}

int64_t search(const sr_gallery& gallery, const sr_gallery_query& query, sr_gallery_hit* hits,
               uint64_t* rescored) {
    std::vector<Scan> scans;
    const size_t shares = std::max<size_t>(1, std::min(query.threads, gallery.chunks.size()));
    scans.reserve(shares);
    for (size_t i = 0; i < shares; ++i) scans.emplace_back(gallery, query);
    run_all(scans);
    uint64_t computed = scans[0].rescored;
    for (size_t i = 1; i < shares; ++i) {
        scans[0].best.merge(scans[i].best);
        computed += scans[i].rescored;
    }
    if (rescored != nullptr) *rescored = computed;
    return static_cast<int64_t>(scans[0].best.write_sorted(hits));
}

// Nothing but want of memory is thrown in this file, and nothing leaves it.
template <class Operation>
auto guarded(Operation operation) noexcept -> decltype(operation()) {
    try {
        return operation();
    } catch (const std::bad_alloc&) {
        return SR_GALLERY_NO_MEMORY;
    }
}

}  // namespace

extern "C" {

sr_gallery* sr_gallery_new(size_t dim) { return new (std::nothrow) sr_gallery(dim); }

void sr_gallery_free(sr_gallery* gallery) { delete gallery; }

int sr_gallery_reserve(sr_gallery* gallery, size_t count) {
    return guarded([&]() -> int {
        gallery->reserve(count);
        return 0;
    });
}

int sr_gallery_stage(sr_gallery* gallery, const float* vectors, size_t count) {
    if (!gallery->has_room(count)) return SR_GALLERY_NO_MEMORY;
    for (size_t i = 0; i < count; ++i) gallery->stage(gallery->size + i, vectors + i * gallery->dim);
    return 0;
}

int sr_gallery_append_staged(sr_gallery* gallery, size_t count, uint64_t first_rank, const uint32_t* group_sets) {
    if (!gallery->has_room(count)) return SR_GALLERY_NO_MEMORY;
    for (size_t i = 0; i < count; ++i) gallery->label(gallery->size + i, first_rank + i, group_sets[i]);
    gallery->size += count;
    return 0;
}

int sr_gallery_replace_staged(sr_gallery* gallery, size_t row, uint32_t group_set) {
    if (row >= gallery->size) return SR_GALLERY_NO_SUCH_ROW;
    if (!gallery->has_room(1)) return SR_GALLERY_NO_MEMORY;
    gallery->label(gallery->size, gallery->rank(row), group_set);
    gallery->move(gallery->size, row);
    return 0;
}

int sr_gallery_regroup(sr_gallery* gallery, size_t row, uint32_t group_set) {
    if (row >= gallery->size) return SR_GALLERY_NO_SUCH_ROW;
    gallery->chunks[row / kChunkRows]->group_set[row % kChunkRows] = group_set;
    return 0;
}

int sr_gallery_remove(sr_gallery* gallery, size_t row) {
    if (row >= gallery->size) return SR_GALLERY_NO_SUCH_ROW;
    const size_t last = gallery->size - 1;
    if (row != last) gallery->move(last, row);
    gallery->size = last;
    gallery->chunks.resize((last + kChunkRows - 1) / kChunkRows);  // room for rows that did not come goes, too
    return 0;
}

int64_t sr_gallery_search(const sr_gallery* gallery, const sr_gallery_query* query, sr_gallery_hit* hits,
                          uint64_t* rescored) {
    return guarded([&] { return search(*gallery, *query, hits, rescored); });
}
}
