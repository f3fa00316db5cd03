#include "lastack/lifecycle/endpoints.hpp"

#include <utility>

namespace lastack {
namespace {

bool any_address(const Endpoint& e) { return e.address == decltype(e.address){}; }

Endpoint without_address(Endpoint e) {
    e.address = {};
    return e;
}

/// Can a segment carry this socket as its source or destination?
bool usable(const Endpoint& e) { return valid_source(e) && e.port != 0; }

Outcome refusal(const Config& config, Reply reply) {
    Outcome outcome;
    outcome.next = config;
    outcome.verdict = Verdict::refused;
    outcome.reply = reply;
    return outcome;
}

/// How particular a listening record is about a segment's sockets; -1 when it does not match.
int match(const Endpoints::Record& record, const Endpoint& local, const Endpoint& remote) {
    if (record.config.state != State::Listen || (record.remote && *record.remote != remote)) return -1;
    if (record.local != local && record.local != without_address(local)) return -1;
    return (record.remote ? 2 : 0) + (any_address(record.local) ? 0 : 1);
}

}  // namespace

IcmpError icmp_error(std::uint8_t family, std::uint8_t type, std::uint8_t code) {
    if (family == 6) return type == 1 || type == 3 || type == 4 ? IcmpError::soft : IcmpError::none;
    if (type == 3) return code >= 2 && code <= 4 ? IcmpError::hard : IcmpError::soft;
    return type == 11 || type == 12 ? IcmpError::soft : IcmpError::none;
}

Endpoints::Endpoints(Step step, SourceAddress source_address, const Policy& policy, std::size_t max_records)
    : step_{std::move(step)}, source_address_{std::move(source_address)}, policy_{policy}, max_records_{max_records} {}

Endpoints::Answer Endpoints::open(const Endpoint& local, const std::optional<Endpoint>& remote, Call call) {
    const bool active = call.kind == CallKind::open_active;
    const bool local_usable = local.port != 0 && (any_address(local) || usable(local));
    const bool remote_usable = !remote || (usable(*remote) && remote->family == local.family);
    if (!local_usable || !remote_usable) return {0, refusal({}, Reply::connection_illegal)};
    call.remote_specified = remote.has_value();
    call.room = call.room && records_.size() < max_records_;

    auto at = holder(local, remote);
    Record record{local, remote, !any_address(local), {}, {}};
    if (active && remote && at == records_.end()) {
        const auto chosen = choose_local(local, *remote);
        if (!chosen) return {0, refusal({}, Reply::insufficient_resources)};
        record.local = *chosen;
        at = holder(record.local, remote);
    }
    if (at != records_.end()) {
        if (!active) return {at->first, refusal(at->second.config, Reply::connection_already_exists)};
        return {at->first, this->call(at->first, call)};
    }

    Answer answer{0, step_(Config{}, call, policy_)};
    record.config = answer.outcome.next;
    if (record.config.state != State::Closed) {
        answer.name = ++last_name_;
        records_.emplace(answer.name, std::move(record));
    }
    return answer;
}

Outcome Endpoints::call(ConnectionName name, Call call) {
    const auto at = records_.find(name);
    if (at == records_.end()) return step_(Config{}, call, policy_);
    Record& record = at->second;
    call.remote_specified = record.remote.has_value();
    // A listener that is about to send its SYN needs an address of its own first.
    const bool starts = call.kind == CallKind::open_active || call.kind == CallKind::send;
    if (starts && record.config.state == State::Listen && record.remote && any_address(record.local)) {
        const auto chosen = choose_local(record.local, *record.remote);
        if (!chosen) return refusal(record.config, Reply::insufficient_resources);
        if (holder(*chosen, record.remote) != records_.end()) {
            return refusal(record.config, Reply::connection_already_exists);
        }
        record.local = *chosen;
    }
    return apply(at, call);
}

Endpoints::Answer Endpoints::arrive(const Endpoint& local, const Endpoint& remote, Arrival arrival) {
    if (addressed_to_many(local) || !valid_source(remote)) return {};  // MUST-57, MUST-63
    arrival.listener = listener(local, remote) != 0;
    const auto at = records_.find(demultiplex(local, remote));
    if (at == records_.end()) return {0, step_(Config{}, arrival, policy_)};
    // Bound for as long as the segment is looked at; apply() undoes it if the record still listens.
    at->second.local = local;
    at->second.remote = remote;
    const ConnectionName name = at->first;
    return {name, apply(at, arrival)};
}

Outcome Endpoints::timeout(ConnectionName name, TimeoutKind kind) {
    const auto at = records_.find(name);
    return at == records_.end() ? step_(Config{}, Timeout{kind}, policy_) : apply(at, Timeout{kind});
}

Outcome Endpoints::depart(ConnectionName name, const Segment& segment) {
    const auto at = records_.find(name);
    return at == records_.end() ? step_(Config{}, Departure{segment}, policy_) : apply(at, Departure{segment});
}

ConnectionName Endpoints::icmp(const Endpoint& local, const Endpoint& remote, std::uint8_t type, std::uint8_t code) {
    const IcmpError error = icmp_error(local.family, type, code);
    const auto at = holder(local, remote);
    if (error == IcmpError::none || at == records_.end()) return 0;
    const ConnectionName name = at->first;
    report(name, Report::icmp, type * 256u + code);
    if (error == IcmpError::hard) {
        Call abort;
        abort.kind = CallKind::abort;
        call(name, abort);
    }
    return name;
}

void Endpoints::on_error(ConnectionName name, ErrorReport error_report) {
    const auto at = records_.find(name);
    if (at != records_.end()) at->second.error_report = std::move(error_report);
}

void Endpoints::report(ConnectionName name, Report reason, std::uint32_t subreason) {
    const auto at = records_.find(name);
    if (at == records_.end() || !at->second.error_report) return;
    const ErrorReport error_report = at->second.error_report;  // a copy: the callee may delete the record
    error_report(name, reason, subreason);
}

ConnectionName Endpoints::demultiplex(const Endpoint& local, const Endpoint& remote) const {
    for (const auto& [name, record] : records_) {
        if (record.local == local && record.remote == remote) return name;
    }
    return listener(local, remote);
}

const Endpoints::Record* Endpoints::find(ConnectionName name) const {
    const auto at = records_.find(name);
    return at == records_.end() ? nullptr : &at->second;
}

ConnectionName Endpoints::listener(const Endpoint& local, const Endpoint& remote) const {
    ConnectionName best = 0;
    int best_match = -1;
    for (const auto& [name, record] : records_) {
        const int m = match(record, local, remote);
        if (m > best_match) {  // the older one among equals
            best = name;
            best_match = m;
        }
    }
    return best;
}

Endpoints::Records::iterator Endpoints::holder(const Endpoint& local, const std::optional<Endpoint>& remote) {
    auto at = records_.begin();
    while (at != records_.end() && !(at->second.local == local && at->second.remote == remote)) ++at;
    return at;
}

std::optional<Endpoint> Endpoints::choose_local(const Endpoint& local, const Endpoint& remote) const {
    if (!any_address(local)) return local;
    auto chosen = source_address_(remote);
    if (!chosen || chosen->family != local.family || any_address(*chosen)) return std::nullopt;
    chosen->port = local.port;
    return chosen;
}

Outcome Endpoints::apply(Records::iterator at, const Event& event) {
    const ConnectionName name = at->first;
    Record& record = at->second;
    const Outcome outcome = step_(record.config, event, policy_);
    record.config = outcome.next;
    if (record.config.state == State::Listen) {
        if (!record.config.remote_specified) record.remote.reset();
        if (!record.local_given) record.local = without_address(record.local);
    }
    if ((outcome.signals & signal::urgent) != 0) report(name, Report::urgent, 0);
    // By name again: a report may have led to calls that deleted the record.
    const auto still = records_.find(name);
    if (still != records_.end() && still->second.config.state == State::Closed) records_.erase(still);
    return outcome;
}

}  // namespace lastack
