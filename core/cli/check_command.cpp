#include "cli/check_command.hpp"

#include "cli/check_choker.hpp"
#include "host/script_file.hpp"
#include "host/script_trial.hpp"

#include <shoal/abi/choker.h>
#include <shoal/utf8.hpp>
#include <testing/picker_suite.hpp>
#include <testing/storage_suite.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <vector>

namespace shoal::cli {

namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

// As the suites want it: with the host's own copy of the table, which is as long as this program knows it.
template <class Table>
shoal_factory checked_entry(const host::Factory& factory)
{
    auto entry = factory.entry();
    entry.table = &factory.table<Table>();
    return entry;
}

testing::SettingNumbers default_numbers(const host::Manifest& manifest)
{
    testing::SettingNumbers numbers;
    for (const auto& setting : manifest.settings) {
        if (const auto* flag = setting.fallback.as_bool()) numbers.emplace(setting.name, *flag ? 1 : 0);
        if (const auto* number = setting.fallback.as_integer()) numbers.emplace(setting.name, *number);
    }
    return numbers;
}

Texts default_texts(const host::Manifest& manifest)
{
    Texts texts;
    for (const auto& setting : manifest.settings) {
        if (const auto* text = setting.fallback.as_text()) texts.emplace(setting.name, *text);
    }
    return texts;
}

Texts texts_for(const host::Factory& factory, const host::ScriptFile* script)
{
    auto texts = default_texts(factory.manifest());
    if (script == nullptr) return texts;
    texts.insert_or_assign("file", script->name);
    texts.insert_or_assign("script", script->text);
    return texts;
}

// Empty, and gone with us.
class EmptyFolder {
public:
    EmptyFolder()
    {
        auto wanted = (std::filesystem::temp_directory_path() / "shoal-check-XXXXXX").string();
        if (::mkdtemp(wanted.data()) != nullptr) path_ = wanted;
    }
    EmptyFolder(const EmptyFolder&) = delete;
    EmptyFolder& operator=(const EmptyFolder&) = delete;
    ~EmptyFolder()
    {
        std::error_code problem;
        if (!path_.empty()) std::filesystem::remove_all(path_, problem);
    }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

class Check {
public:
    explicit Check(std::ostream& out) : out_(out) {}

    void add(std::string_view sentence, const std::vector<std::string>& findings)
    {
        constexpr std::size_t most = 3;
        ++(findings.empty() ? kept_ : broken_);
        out_ << (findings.empty() ? "  ok    " : "  FAIL  ") << sentence << '\n';
        for (const auto& finding : std::span(findings).first(std::min(findings.size(), most))) out_ << "          " << printable(finding) << '\n';
        if (findings.size() > most) out_ << fmt::format("          and {} more\n", findings.size() - most);
    }

    // `advice` when something was broken.
    ExitCode end(std::string_view advice)
    {
        out_ << fmt::format("{} kept, {} broken\n", kept_, broken_);
        if (broken_ != 0 && !advice.empty()) out_ << advice << '\n';
        return broken_ == 0 ? ExitCode::ok : ExitCode::other;
    }

private:
    std::ostream& out_;
    int kept_ = 0;
    int broken_ = 0;
};

ExitCode check_picker(const host::Factory& factory, const CheckRequest& request, const host::ScriptFile* script, std::ostream& out)
{
    const auto entry = checked_entry<shoal_picker_v1>(factory);
    const testing::PickerSubject subject{.factory = &entry,
                                         .settings = default_numbers(factory.manifest()),
                                         .texts = texts_for(factory, script),
                                         .leaves_blocks = request.leaves_blocks};
    out << "picker " << printable(request.name) << '\n';
    Check check(out);
    for (const auto& test : testing::picker_cases()) check.add(test.sentence, testing::run(test, subject));
    return check.end(request.leaves_blocks ? "" : "if it leaves blocks to the picker after it, as endgame does: --leaves-blocks");
}

Result<ExitCode> check_storage(const host::Factory& factory, const CheckRequest& request, std::ostream& out)
{
    if (std::ranges::find(factory.manifest().required, SHOAL_SERVICE_STORAGE) != factory.manifest().required.end()) {
        return make_error(Errc::unsupported, fmt::format("{} lies on another storage: the suite has to be told on which (tests/conformance)",
                                                         printable(request.name)));
    }
    const auto entry = checked_entry<shoal_storage_v1>(factory);
    const testing::StorageSubject subject{.factory = &entry,
                                          .settings = default_numbers(factory.manifest()),
                                          .keeps = !request.keeps_nothing,
                                          .texts = default_texts(factory.manifest())};
    out << "storage " << printable(request.name) << '\n';
    Check check(out);
    for (const auto& test : testing::storage_cases()) {
        const EmptyFolder folder;
        if (folder.path().empty()) return make_error(Errc::io_error, "no folder can be made for what it stores: see TMPDIR");
        check.add(test.sentence, testing::run(test, subject, folder.path()));
    }
    return check.end(request.keeps_nothing ? "" : "if it forgets what it has when it is closed, as memory does: --keeps-nothing");
}

ExitCode check_choker(const host::Factory& factory, const CheckRequest& request, const host::ScriptFile* script, std::ostream& out)
{
    const auto entry = checked_entry<shoal_choker_v1>(factory);
    const ChokerSubject subject{.factory = &entry, .settings = default_numbers(factory.manifest()), .texts = texts_for(factory, script)};
    out << "choker " << printable(request.name) << '\n';
    Check check(out);
    for (const auto& test : choker_cases()) check.add(test.sentence, findings_of(test, subject));
    return check.end("");
}

// A file of Lua is what it can be made of.
Result<ExitCode> check_script(host::Registry& registry, const CheckRequest& request, std::ostream& out)
{
    const auto script = host::read_script(request.name);
    if (!script) return script.error();
    const auto picker = registry.find(SHOAL_KIND_PICKER, request.name);
    const auto is_picker = picker ? host::try_script(**picker, *script) : picker.error();
    if (is_picker) return check_picker(**picker, request, &*script, out);
    const auto choker = registry.find(SHOAL_KIND_CHOKER, request.name);
    const auto is_choker = choker ? host::try_script(**choker, *script) : choker.error();
    if (is_choker) return check_choker(**choker, request, &*script, out);
    if (is_picker.error().text == is_choker.error().text) return is_picker.error();
    return make_error(Errc::bad_input, fmt::format("as a picker: {}; as a choker: {}", is_picker.error().text, is_choker.error().text));
}

Result<ExitCode> check_one(host::Registry& registry, const CheckRequest& request, std::ostream& out)
{
    if (host::is_script(request.name)) return check_script(registry, request, out);
    const auto picker = registry.find(SHOAL_KIND_PICKER, request.name);
    if (picker) return check_picker(**picker, request, nullptr, out);
    const auto choker = registry.find(SHOAL_KIND_CHOKER, request.name);
    if (choker) return check_choker(**choker, request, nullptr, out);
    const auto storage = registry.find(SHOAL_KIND_STORAGE, request.name);
    if (storage) return check_storage(**storage, request, out);
    for (const auto* error : {&picker.error(), &choker.error(), &storage.error()}) {
        if (error->code != Errc::not_found) return *error;
    }
    return make_error(Errc::not_found, fmt::format("there is no picker, no choker and no storage called {}: of other kinds there is nothing to check",
                                                   printable(request.name)));
}

}  // namespace

ExitCode plugin_check(host::Registry& registry, const CheckRequest& request, std::ostream& out, std::ostream& err)
{
    const auto code = check_one(registry, request, out);
    if (code) return *code;
    err << "shoal: " << code.error().text << std::endl;
    return exit_code_of(code.error());
}

}  // namespace shoal::cli
