#include "cli/completion_place.hpp"

#include "cli/arguments.hpp"
#include "control/quantity.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace shoal::cli {

namespace {

std::string path_of(const CLI::App* command)
{
    std::string path;
    for (; command->get_parent() != nullptr; command = command->get_parent()) {
        path = command->get_name() + (path.empty() ? "" : " ") + path;
    }
    return path;
}

// A command's own flags, and those of the commands above that may also stand after it.
std::vector<const CLI::Option*> options_of(const CLI::App* command)
{
    auto all = command->get_options();
    while (command->get_fallthrough() && command->get_parent() != nullptr) {
        command = command->get_parent();
        std::ranges::copy(command->get_options(), std::back_inserter(all));
    }
    return all;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

// CLI11 says "TEXT:{top,up,down}" of what may only be one of some.
std::vector<Candidate> choices_of(const CLI::Option& option)
{
    const auto type = option.get_type_name();
    const auto begin = type.find('{');
    if (begin == type.npos) return {};
    std::vector<Candidate> choices;
    for (const auto& choice : control::split(type.substr(begin + 1, type.find('}') - begin - 1), ',')) choices.push_back({choice});
    return choices;
}

std::vector<Candidate> flags_of(const CLI::App* command)
{
    std::vector<Candidate> flags;
    for (const auto* option : options_of(command)) {
        if (option->get_group().empty()) continue;
        for (const auto& name : option->get_lnames()) flags.push_back({"--" + name, option->get_description()});
        if (!option->get_lnames().empty()) continue;
        for (const auto& name : option->get_snames()) flags.push_back({"-" + name, option->get_description()});
    }
    return flags;
}

std::vector<Candidate> commands_of(const CLI::App* command)
{
    std::vector<Candidate> commands;
    const auto is_named = [](const CLI::App* one) { return !one->get_name().empty() && !one->get_group().empty(); };
    for (const auto* one : command->get_subcommands(is_named)) commands.push_back({one->get_name(), one->get_description()});
    return commands;
}

class Walker {
public:
    explicit Walker(const CLI::App& app) : command_(&app) {}

    Place place(const std::vector<std::string>& words)
    {
        for (auto word = words.begin(); word + 1 != words.end(); ++word) pass(*word);
        place_.command = path_of(command_);
        place_.typed = words.back();
        if (awaited_ != nullptr) value_of(*awaited_, awaited_name_);
        else if (!is_after_dashes_ && place_.typed.starts_with("-")) flag();
        else plain();
        return std::move(place_);
    }

private:
    static bool is_flag(const std::string& word) { return word.size() > 1 && word.starts_with('-'); }

    const CLI::Option* find(const std::string& name) const
    {
        const auto all = options_of(command_);
        const auto at = std::ranges::find_if(all, [&](const CLI::Option* option) { return option->nonpositional() && option->check_name(name); });
        return at == all.end() ? nullptr : *at;
    }

    void pass(const std::string& word)
    {
        if (awaited_ != nullptr) {
            if (awaited_name_ == "--socket") place_.socket = word;
            awaited_ = nullptr;
        } else if (word == "--" && !is_after_dashes_) {
            is_after_dashes_ = true;
        } else if (is_flag(word) && !is_after_dashes_) {
            pass_flag(word);
        } else if (const auto* command = subcommand(word)) {
            command_ = command;
        } else {
            place_.earlier.push_back(word);
        }
    }

    void pass_flag(const std::string& word)
    {
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        const auto* option = find(name);
        if (name == "--socket" && equals != word.npos) place_.socket = word.substr(equals + 1);
        if (option == nullptr || !takes_value(*option) || equals != word.npos) return;
        awaited_ = option;
        awaited_name_ = name;
    }

    const CLI::App* subcommand(const std::string& word) const
    {
        if (!place_.earlier.empty()) return nullptr;
        const auto all = command_->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
        return all.empty() ? nullptr : all.front();
    }

    void value_of(const CLI::Option& option, const std::string& name)
    {
        place_.argument = name;
        place_.words = choices_of(option);
    }

    void flag()
    {
        const auto equals = place_.typed.find('=');
        if (equals == place_.typed.npos) {
            place_.words = flags_of(command_);
            return;
        }
        const auto name = place_.typed.substr(0, equals);
        place_.before = place_.typed.substr(0, equals + 1);
        place_.typed.erase(0, equals + 1);
        if (const auto* option = find(name)) value_of(*option, name);
    }

    // A command, or what the command takes next; the last that it takes may take all the rest.
    void plain()
    {
        if (place_.earlier.empty()) place_.words = commands_of(command_);
        const auto taken = command_->get_options([](const CLI::Option* option) { return option->get_positional(); });
        std::size_t number = place_.earlier.size();
        for (const auto* option : taken) {
            const auto room = static_cast<std::size_t>(option->get_items_expected_max());
            if (number < room) {
                place_.argument = option->get_name(true);
                const auto choices = choices_of(*option);
                place_.words.insert(place_.words.end(), choices.begin(), choices.end());
                return;
            }
            number -= room;
        }
    }

    const CLI::App* command_;
    const CLI::Option* awaited_ = nullptr;
    std::string awaited_name_;
    bool is_after_dashes_ = false;
    Place place_{};
};

}  // namespace

Place place_of(const std::vector<std::string>& words)
{
    Arguments typed;
    CLI::App app("", "shoal");
    declare_commands(app, typed);
    return Walker(app).place(words);
}

}  // namespace shoal::cli
