#include "lastack/support/pair_view.hpp"

#include <algorithm>

namespace lastack::support {

const UnderWay* PairView::oldest(Peer sender) const {
    const auto all = way();
    const auto found = std::find_if(all.begin(), all.end(), [sender](const UnderWay& u) { return u.sender == sender; });
    return found == all.end() ? nullptr : &*found;
}

const UnderWay* PairView::youngest(Peer sender) const {
    const auto all = way();
    const auto found =
        std::find_if(all.rbegin(), all.rend(), [sender](const UnderWay& u) { return u.sender == sender; });
    return found == all.rend() ? nullptr : &*found;
}

std::size_t PairView::under_way_from(Peer sender) const {
    const auto all = way();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [sender](const UnderWay& u) { return u.sender == sender; }));
}

bool PairView::quiet() const {
    const auto still = [](const Config& c) {
        const bool owes = std::any_of(c.owed.begin(), c.owed.begin() + c.owed_count, [](const Owed& o) {
            return o.when != When::eventually || o.kind == OwedKind::fin;
        });
        const bool outstanding = c.iss_chosen && c.snd_una != c.snd_nxt && c.state != State::TimeWait;
        return !owes && !outstanding && c.queued == 0 && c.fin != Fin::queued && !c.close_queued;
    };
    return under_way() == 0 && still(config(Peer::a)) && still(config(Peer::b));
}

}  // namespace lastack::support
