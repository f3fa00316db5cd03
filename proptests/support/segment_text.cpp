#include "segment_text.hpp"

#include <algorithm>

namespace lastack::support {

bool shows_windows(const History& history) {
    return std::any_of(history.moments.begin(), history.moments.end(), [](const Moment& m) {
        return m.kind != Moment::Kind::note && m.segment.wnd == 0 && !m.segment.rst();
    });
}

std::string segment_text(const History& history, const LadderOptions& options, const Moment& m, bool window,
                         bool tcp_options) {
    const Peer sender = sender_of(m);
    Frame frame;
    frame.numbers = options.numbers;
    frame.bits = options.bits;
    frame.sender_isn = history.isn[index(sender)];
    frame.receiver_isn = history.isn[index(other(sender))];
    if (sender == Peer::b) std::swap(frame.sender_symbol, frame.receiver_symbol);
    Segment s = m.segment;
    if (!tcp_options) {
        s.mss = 0;
        s.sack_permitted = s.has_ts = false;
        s.wscale = Segment::no_wscale;
    }
    std::string text = to_string(s, frame);
    if (!window || s.rst()) {
        const std::size_t begin = text.find(" win ");
        text.erase(begin, std::min(text.find(' ', begin + 5), text.size()) - begin);
    }
    return text;
}

}  // namespace lastack::support
