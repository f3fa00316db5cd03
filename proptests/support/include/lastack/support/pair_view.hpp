// Two ends and what is under way between them: all that a property of two may look at, whoever runs them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "lastack/support/facts.hpp"
#include "lastack/support/ladder.hpp"
#include "lastack/support/property.hpp"
#include "lastack/vocabulary/config.hpp"
#include "lastack/vocabulary/policy.hpp"
#include "lastack/vocabulary/segment.hpp"

namespace lastack::support {

struct UnderWay {
    Segment segment{};
    Peer sender{Peer::a};
    std::int64_t due_ns{0};      ///< 0 where nobody keeps time
    std::uint32_t departure{0};  ///< number of the event that sent it; 0 where nobody counts
};

class PairView {
public:
    virtual ~PairView() = default;

    virtual const Config& config(Peer p) const = 0;
    virtual const Policy& policy(Peer p) const = 0;
    virtual const Facts& facts() const = 0;
    virtual const EndRecord& record(Peer p) const = 0;
    /// Those of one sender as they left, the oldest first; how the two senders' mix is free.
    virtual std::span<const UnderWay> way() const = 0;

    State state(Peer p) const { return config(p).state; }
    std::size_t under_way() const { return way().size(); }
    std::size_t under_way_from(Peer sender) const;
    /// The oldest and the youngest segment of `sender` that is under way; nothing if none is.
    const UnderWay* oldest(Peer sender) const;
    const UnderWay* youngest(Peer sender) const;
    /// Nothing under way, and nothing that an end owes, has queued, or waits to see acknowledged.
    bool quiet() const;

protected:
    PairView() = default;
    PairView(const PairView&) = default;
    PairView& operator=(const PairView&) = default;
};

/// One event of one end, as it is told to who watches.
struct Happening {
    Peer peer;
    const Observation* o{nullptr};      ///< nothing: the end crashed
    std::optional<std::size_t> from{};  ///< arrival: number of the event that sent it; nothing: forged
    const std::array<const Config*, 2>& before;
};

}  // namespace lastack::support
