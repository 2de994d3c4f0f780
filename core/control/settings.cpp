#include "control/settings.hpp"

#include "control/alike.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace shoal::control {

namespace {

// As "rates.down" is in "rates".
bool is_in(std::string_view name, std::string_view group)
{
    return name.size() > group.size() && name.starts_with(group) && name[group.size()] == '.';
}

// What may have been meant by a name that is none.
std::string hint(std::string_view name, const std::vector<std::string_view>& names)
{
    for (const auto known : names) {
        if (is_in(known, name)) return fmt::format("; it is a group: write {}, for one", known);
        if (is_in(name, known)) return fmt::format("; {} is a setting and no group", known);
    }
    auto meant = suggestion(name, names);
    if (!meant.empty()) return meant;
    // The last part of a name is often all that somebody remembers.
    const auto ends_so = [&](std::string_view known) {
        return known.size() > name.size() && known.ends_with(name) && known[known.size() - name.size() - 1] == '.';
    };
    const auto at = name.empty() ? names.end() : std::ranges::find_if(names, ends_so);
    return at == names.end() ? std::string() : fmt::format("; did you mean '{}'?", *at);
}

}  // namespace

struct Settings::Listeners {
    std::vector<std::shared_ptr<Changed>> all;
};

Settings::Subscription::Subscription(const std::shared_ptr<Listeners>& listeners, std::shared_ptr<Changed> own)
    : listeners_(listeners), own_(std::move(own))
{
}

Settings::Subscription::~Subscription()
{
    if (const auto listeners = listeners_.lock()) std::erase(listeners->all, own_);
}

const Settings::Said& Settings::Entry::top() const
{
    auto at = said.end();
    while (!(--at)->has_value()) {}
    return **at;
}

Settings::Settings() : listeners_(std::make_shared<Listeners>()) {}
Settings::~Settings() = default;

void Settings::check_also(std::string_view name, std::function<Result<void>(std::string_view)> check)
{
    auto& schema = entries_.at(index_.find(name)->second).schema;
    schema.check = [first = std::move(schema.check), second = std::move(check)](std::string_view text) -> Result<void> {
        if (first) {
            if (auto fine = first(text); !fine) return fine;
        }
        return second(text);
    };
}

void Settings::declare(SettingSchema schema)
{
    SHOAL_ASSERT(checked(schema, schema.fallback));
    SHOAL_ASSERT(find(schema.name) == nullptr);
    index_.emplace(schema.name, entries_.size());
    Entry entry{.schema = std::move(schema)};
    entry.in_force = entry.schema.fallback;
    entry.said.front() = Said{entry.schema.fallback, "default"};
    entries_.push_back(std::move(entry));
}

const SettingSchema* Settings::find(std::string_view name) const
{
    const auto at = index_.find(name);
    return at == index_.end() ? nullptr : &entries_[at->second].schema;
}

std::vector<const SettingSchema*> Settings::schemas() const
{
    std::vector<const SettingSchema*> all;
    for (const auto& entry : entries_) all.push_back(&entry.schema);
    return all;
}

bool Settings::is_group(std::string_view name) const
{
    return std::ranges::any_of(entries_, [&](const Entry& entry) { return is_in(entry.schema.name, name); });
}

Error Settings::unknown(std::string_view name) const
{
    std::vector<std::string_view> names;
    for (const auto& entry : entries_) names.push_back(entry.schema.name);
    return make_error(Errc::not_found, fmt::format("there is no setting {}{}", quoted_name(name), hint(name, names)));
}

// What the layer is to say about each setting, in their order.
Result<std::vector<std::optional<Settings::Said>>> Settings::checked_layer(const std::vector<Given>& given) const
{
    constexpr std::size_t most_complaints = 20;
    std::vector<std::optional<Said>> layer(entries_.size());
    std::vector<std::string> complaints;
    for (const auto& one : given) {
        const auto at = index_.find(one.name);
        auto value = at == index_.end() ? Result<Value>(unknown(one.name)) : checked(entries_[at->second].schema, one.value);
        if (value) layer[at->second] = Said{std::move(*value), one.origin};
        else complaints.push_back(fmt::format("{}: {}", one.origin, value.error().text));
    }
    if (complaints.empty()) return layer;
    if (complaints.size() > most_complaints) {
        complaints[most_complaints] = fmt::format("and {} more", complaints.size() - most_complaints);
        complaints.resize(most_complaints + 1);
    }
    return make_error(Errc::invalid_argument, fmt::format("{}", fmt::join(complaints, "\n")));
}

Result<void> Settings::lay(Layer layer, const std::vector<Given>& given)
{
    SHOAL_ASSERT(layer != Layer::fallback);
    auto said = checked_layer(given);
    if (!said) return said.error();
    for (std::size_t i = 0; i < entries_.size(); ++i) put(entries_[i], layer, std::move((*said)[i]));
    tell();
    return {};
}

Result<void> Settings::set(std::string_view name, const Value& value)
{
    const auto at = index_.find(name);
    if (at == index_.end()) return unknown(name);
    Entry& entry = entries_[at->second];
    auto fit = checked(entry.schema, value);
    if (!fit) return fit.error();
    put(entry, Layer::run_time, Said{std::move(*fit), "set at run time"});
    tell();
    return {};
}

Result<void> Settings::reset(std::string_view name)
{
    const auto at = index_.find(name);
    if (at == index_.end()) return unknown(name);
    put(entries_[at->second], Layer::run_time, std::nullopt);
    tell();
    return {};
}

void Settings::put(Entry& entry, Layer layer, std::optional<Said> said)
{
    const Value before = entry.top().value;
    entry.said[static_cast<std::size_t>(layer)] = std::move(said);
    const Said& now = entry.top();
    if (now.value == before) return;
    if (entry.schema.is_live || !is_started_) entry.in_force = now.value;
    untold_.push_back({entry.schema.name, now.value, now.origin, entry.in_force != now.value});
}

// Who is told may set something: that waits its turn, so that all hear the same changes in the same order.
void Settings::tell()
{
    if (std::exchange(is_telling_, true)) return;
    while (!untold_.empty()) {
        const Change change = std::move(untold_.front());
        untold_.pop_front();
        std::vector<std::weak_ptr<Changed>> told(listeners_->all.begin(), listeners_->all.end());
        for (const auto& one : told) {
            if (const auto listener = one.lock()) (*listener)(change);
        }
    }
    is_telling_ = false;
}

Value::Map Settings::run_time_values() const
{
    Value::Map values;
    for (const auto& entry : entries_) {
        if (const auto& said = entry.said.back()) values.append(entry.schema.name, said->value);
    }
    return values;
}

void Settings::start()
{
    is_started_ = true;
}

const Settings::Entry& Settings::entry(std::string_view name) const
{
    const auto at = index_.find(name);
    SHOAL_ASSERT(at != index_.end());
    return entries_[at->second];
}

const Value& Settings::value(std::string_view name) const { return entry(name).in_force; }

bool Settings::flag(std::string_view name) const
{
    const auto* flag = value(name).as_bool();
    SHOAL_ASSERT(flag != nullptr);
    return *flag;
}

std::int64_t Settings::integer(std::string_view name) const
{
    const auto* number = value(name).as_integer();
    SHOAL_ASSERT(number != nullptr);
    return *number;
}

double Settings::real(std::string_view name) const
{
    const auto* number = value(name).as_real();
    SHOAL_ASSERT(number != nullptr);
    return *number;
}

const std::string& Settings::text(std::string_view name) const
{
    const auto* text = value(name).as_text();
    SHOAL_ASSERT(text != nullptr);
    return *text;
}

std::vector<std::string> Settings::texts(std::string_view name) const
{
    const auto* list = value(name).as_list();
    SHOAL_ASSERT(list != nullptr);
    std::vector<std::string> texts;
    for (const auto& item : *list) texts.push_back(*item.as_text());
    return texts;
}

const Value& Settings::coming_value(std::string_view name) const { return entry(name).top().value; }

const std::string& Settings::origin(std::string_view name) const { return entry(name).top().origin; }

bool Settings::is_default(std::string_view name) const
{
    const Entry& one = entry(name);
    return &one.top() == &*one.said.front();
}

bool Settings::is_waiting(std::string_view name) const
{
    const Entry& one = entry(name);
    return one.in_force != one.top().value;
}

std::unique_ptr<Settings::Subscription> Settings::on_change(Changed changed)
{
    auto own = std::make_shared<Changed>(std::move(changed));
    listeners_->all.push_back(own);
    return std::make_unique<Subscription>(listeners_, std::move(own));
}

}  // namespace shoal::control
