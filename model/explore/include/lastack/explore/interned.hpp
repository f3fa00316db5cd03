// Values by number: each different value is kept once, and never moves.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace lastack::explore {

/// A hash of what is added to it, one word after the other.
class Hash {
public:
    template <class T>
    Hash& add(T v) {
        h_ ^= static_cast<std::uint64_t>(v);
        h_ *= 0x9e3779b97f4a7c15u;
        h_ ^= h_ >> 32;
        return *this;
    }
    std::uint64_t get() const { return h_; }

private:
    std::uint64_t h_{0x243f6a8885a308d3u};
};

/// Any number of threads may read what they have the number of, while any number of threads add.
template <class T>
class Interned {
public:
    static constexpr std::uint32_t full = 0xffffffffu;

    /// At most `most` different values, and never more than capacity().
    explicit Interned(std::size_t most = capacity()) : most_{most < capacity() ? most : capacity()} {}
    ~Interned() {
        for (auto& chunk : chunks_) delete[] chunk.load();
    }
    Interned(const Interned&) = delete;
    Interned& operator=(const Interned&) = delete;

    const T& operator[](std::uint32_t i) const { return entry(i).value; }
    T& operator[](std::uint32_t i) { return entry(i).value; }
    std::size_t size() const { return size_.load(std::memory_order_acquire); }

    /// The number of `value`; `full` where it is not known.
    std::uint32_t find(std::uint64_t hash, const T& value) {
        const std::lock_guard lock{mutex_};
        const auto known = first_of_.find(hash);
        std::uint32_t i = known == first_of_.end() ? full : known->second;
        while (i != full && !(entry(i).value == value)) i = entry(i).same_hash;
        return i;
    }
    /// The number of `value`, and whether it is new. `full` where there is no room for another one.
    std::pair<std::uint32_t, bool> add(std::uint64_t hash, const T& value) {
        const std::lock_guard lock{mutex_};
        const std::size_t count = size_.load(std::memory_order_relaxed);
        const auto known = first_of_.find(hash);
        std::uint32_t last = full;
        if (known != first_of_.end()) {
            for (std::uint32_t i = known->second; i != full; i = entry(i).same_hash) {
                if (entry(i).value == value) return {i, false};
                last = i;
            }
        }
        if (count >= most_) return {full, false};
        auto& chunk = chunks_[count / per_chunk];
        if (chunk.load(std::memory_order_relaxed) == nullptr)
            chunk.store(new Entry[per_chunk], std::memory_order_release);
        const auto fresh = static_cast<std::uint32_t>(count);
        entry(fresh).value = value;
        if (last == full)
            first_of_.emplace(hash, fresh);
        else
            entry(last).same_hash = fresh;
        size_.store(count + 1, std::memory_order_release);
        return {fresh, true};
    }

    static constexpr std::size_t capacity() { return per_chunk * most_chunks; }
    std::size_t bytes() const {
        const std::size_t chunks = (size() + per_chunk - 1) / per_chunk;
        return chunks * per_chunk * sizeof(Entry) + sizeof(chunks_) + size() * map_node;
    }

private:
    struct Entry {
        T value{};
        std::uint32_t same_hash{full};  ///< the next value of this hash
    };
    static constexpr std::size_t per_chunk = 1024, most_chunks = 4096;
    static constexpr std::size_t map_node = 48;  ///< of the map, about

    Entry& entry(std::uint32_t i) const {
        return chunks_[i / per_chunk].load(std::memory_order_acquire)[i % per_chunk];
    }

    std::size_t most_;
    std::mutex mutex_{};
    std::unordered_map<std::uint64_t, std::uint32_t> first_of_{};
    std::array<std::atomic<Entry*>, most_chunks> chunks_{};
    std::atomic<std::size_t> size_{0};
};

}  // namespace lastack::explore
