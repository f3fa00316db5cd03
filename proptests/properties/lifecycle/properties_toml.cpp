#include "properties_toml.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

#include "lastack/support/tampers.hpp"

namespace {

using namespace lastack;

FaultOf fault_from(const toml::table& table, const std::string& id) {
    FaultOf fault;
    if (table.size() != 1) throw std::runtime_error(id + ": a fault is one of off, inverted, tamper");
    const std::string kind{table.begin()->first.str()};
    const std::string value = table.begin()->second.value_or(std::string{});
    fault.text = kind + " " + value;
    if (kind == "tamper") {
        fault.subject.tamper = support::tamper(value);
        if (fault.subject.tamper == nullptr) throw std::runtime_error(id + ": no such tamper: " + value);
        return fault;
    }
    const Rule row = rule(value);
    if (!row) throw std::runtime_error(id + ": no such rule: " + value);
    if (kind != "off" && kind != "inverted") throw std::runtime_error(id + ": no such kind of fault: " + kind);
    (kind == "off" ? fault.subject.instruments.off : fault.subject.instruments.inverted) = row;
    return fault;
}

std::vector<PropertyEntry> read() {
    const std::string path = std::string{LASTACK_SOURCE_DIR} + "/spec/properties.toml";
    const toml::table file = toml::parse_file(path);
    const toml::array* entries = file["property"].as_array();
    if (entries == nullptr) throw std::runtime_error(path + ": no [[property]]");
    std::vector<PropertyEntry> all;
    for (const toml::node& node : *entries) {
        const toml::table& t = *node.as_table();
        const auto text = [&](const char* key) { return t[key].value_or(std::string{}); };
        PropertyEntry e;
        e.id = text("id");
        e.test = text("test");
        e.statement = text("statement");
        e.has_side_condition = t.contains("side_condition");
        e.side_condition = text("side_condition");
        e.source = text("source");
        e.witness = text("witness");
        e.exhaustive = text("exhaustive");
        e.corrected = text("corrected");
        if (const toml::array* checked = t["checked"].as_array()) {
            for (const toml::node& stage : *checked) e.checked.push_back(stage.value_or(std::string{}));
        }
        if (const toml::table* fault = t["fault"].as_table()) e.fault = fault_from(*fault, e.id);
        if (const toml::table* fault = t["pair_fault"].as_table()) e.pair_fault = fault_from(*fault, e.id);
        all.push_back(std::move(e));
    }
    return all;
}

}  // namespace

const std::vector<PropertyEntry>& property_entries() {
    static const std::vector<PropertyEntry> entries = read();
    return entries;
}

std::optional<FaultOf> fault_of(std::string_view id, std::string_view stage) {
    for (const PropertyEntry& e : property_entries()) {
        if (e.id != id) continue;
        if (stage == "pair" && e.pair_fault) return e.pair_fault;
        // The first stage in which it is checked is the one in which its fault must show.
        return !e.checked.empty() && e.checked.front() == stage ? e.fault : std::nullopt;
    }
    return std::nullopt;
}

bool checked_in(std::string_view id, std::string_view stage) {
    for (const PropertyEntry& e : property_entries()) {
        if (e.id == id) return std::find(e.checked.begin(), e.checked.end(), stage) != e.checked.end();
    }
    return false;
}
