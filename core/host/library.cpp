#include "host/library.hpp"

#include "host/breadcrumb.hpp"
#include "host/kinds.hpp"

#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>

// The standard's filesystem instead of Boost's.
#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include <dlfcn.h>

namespace shoal::host {

namespace {

constexpr std::size_t remains_kept = 64;
constexpr std::uint32_t most_factories = 64;
constexpr std::uint32_t largest_struct = 65'536;

Error broken(std::string_view what)
{
    return make_error(Errc::bad_input, std::string(what));
}

// Copies as much of a struct as its writer knew; what is beyond stays zero. Longer than ours: a newer header,
// and what it added is optional by the rules of the ABI.
Result<void> copy_struct(const void* from, MutableBytes to, std::string_view name)
{
    std::uint32_t size = 0;
    std::memcpy(&size, from, sizeof size);
    // Whole words only: half a function pointer would be worse than none.
    if (size < sizeof size || size > largest_struct || size % sizeof(std::uint64_t) != 0) {
        return broken(fmt::format("its {} says it is {} octets long", name, size));
    }
    std::memcpy(to.data(), from, std::min<std::size_t>(size, to.size()));
    return {};
}

template <class Struct>
Result<Struct> copied(const Struct* from, std::string_view name)
{
    if (from == nullptr) return broken(fmt::format("its {} is missing", name));
    Struct out{};
    if (auto done = copy_struct(from, std::as_writable_bytes(std::span(&out, 1)), name); !done)
        return done.error();
    return out;
}

std::optional<std::string_view> text_of(shoal_text text)
{
    if (text.data == nullptr || text.size == 0 || text.size > (1u << 20)) return std::nullopt;
    return from_abi(text);
}

std::string_view without_terminators(std::string_view text)
{
    return text.substr(0, text.find_last_not_of('\0') + 1);
}

// What `dlopen` runs before it returns is the plug-in's code, too.
class LoadScope {
public:
    LoadScope(const Manifest& manifest, const char* function)
    {
        frame_.plugin = manifest.id.c_str();
        frame_.instance = "being loaded";
        frame_.function = function;
        push_frame(frame_);
    }
    ~LoadScope() { pop_frame(frame_); }
    LoadScope(const LoadScope&) = delete;
    LoadScope& operator=(const LoadScope&) = delete;

private:
    CallFrame frame_;
};

Result<boost::dll::shared_library> load(const std::filesystem::path& path, const Manifest& manifest)
{
    using boost::dll::load_mode::rtld_local;
    using boost::dll::load_mode::rtld_now;
    const LoadScope scope(manifest, "(static initialisation)");
    boost::dll::shared_library library;
    boost::dll::fs::error_code failure;
    library.load(std::filesystem::absolute(path, failure), rtld_now | rtld_local, failure);
    if (failure || !library.is_loaded()) {
        const char* reason = ::dlerror();
        return broken(
            fmt::format("cannot be loaded: {}", printable(reason == nullptr ? failure.message() : reason)));
    }
    return library;
}

// Boost.DLL has no RTLD_NODELETE. A second, passing look at what is loaded already sets it.
void pin(const std::filesystem::path& path)
{
    std::error_code failure;
    const auto absolute = std::filesystem::absolute(path, failure);
    if (void* handle = ::dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD | RTLD_NODELETE))
        ::dlclose(handle);
}

Result<const shoal_plugin*> descriptor_of(boost::dll::shared_library& library, const Manifest& manifest)
{
    if (!library.has(SHOAL_PLUGIN_ENTRY_NAME)) {
        return make_error(Errc::unsupported,
                          fmt::format("it exports no {}: it is made for another major ABI than {}",
                                      SHOAL_PLUGIN_ENTRY_NAME, SHOAL_ABI_MAJOR));
    }
    const LoadScope scope(manifest, SHOAL_PLUGIN_ENTRY_NAME);
    try {
        const auto& entry = library.get<const shoal_plugin*(void)>(SHOAL_PLUGIN_ENTRY_NAME);
        if (const auto* descriptor = entry()) return descriptor;
        return broken("its entry function returned nothing");
    } catch (...) {
        return broken("its entry function threw an exception");
    }
}

}  // namespace

void Afterlife::keep(std::shared_ptr<const void> remains)
{
    const std::lock_guard lock(mutex_);
    if (remains_.size() < remains_kept) {
        remains_.push_back(std::move(remains));
    } else {
        remains_[std::exchange(next_, (next_ + 1) % remains_kept)] = std::move(remains);
    }
}

Factory::Factory(const Manifest& manifest, const Provision& provision, std::filesystem::path path)
    : manifest_(manifest),
      provision_(provision),
      path_(std::move(path)),
      afterlife_(std::make_unique<Afterlife>())
{}

// Turns what a library claims into factories that can be relied on.
class LibraryCheck {
public:
    LibraryCheck(const Manifest& manifest, const std::filesystem::path& path)
        : manifest_(manifest), path_(path)
    {}

    Result<std::vector<std::unique_ptr<Factory>>> factories(const shoal_plugin* raw) const
    {
        auto plugin = copied(raw, "descriptor");
        if (!plugin) return plugin.error();
        if (auto sound = check(*plugin); !sound) return sound.error();

        std::vector<std::unique_ptr<Factory>> out;
        std::vector<const Provision*> seen;
        for (const auto* entry : std::span(plugin->factories, plugin->factory_count)) {
            auto factory = copied(entry, "factory");
            if (!factory) return factory.error();
            const auto* provision = provision_of(*factory);
            if (provision == nullptr) return broken("it has a factory that its manifest does not name");
            if (std::ranges::find(seen, provision) != seen.end())
                return broken("it has the same factory twice");
            seen.push_back(provision);
            const auto* kind = find_kind(provision->kind);
            if (kind == nullptr) continue;
            auto made = make(*factory, *provision, *kind);
            if (!made) {
                return make_error(made.error().code, fmt::format("{} '{}': {}", kind_noun(provision->kind),
                                                                 provision->name, made.error().text));
            }
            out.push_back(std::move(*made));
        }
        if (seen.size() != manifest_.provides.size())
            return broken("it lacks a factory that its manifest names");
        return out;
    }

private:
    Result<void> check(const shoal_plugin& plugin) const
    {
        if (plugin.struct_size < sizeof(shoal_plugin)) return broken("its descriptor is too short");
        if (plugin.reserved != 0) return broken("its descriptor uses a reserved field");
        if (plugin.abi_minor > SHOAL_ABI_MINOR) {
            return make_error(Errc::unsupported,
                              fmt::format("it needs plug-in ABI {}.{}, this is {}.{}", SHOAL_ABI_MAJOR,
                                          plugin.abi_minor, SHOAL_ABI_MAJOR, SHOAL_ABI_MINOR));
        }
        const auto manifest = text_of(plugin.manifest);
        if (!manifest || without_terminators(*manifest) != manifest_.text) {
            return broken("its descriptor and its section " SHOAL_MANIFEST_SECTION
                          " have different manifests");
        }
        if (plugin.factories == nullptr || plugin.factory_count == 0
            || plugin.factory_count > most_factories) {
            return broken(fmt::format("it has {} factories", plugin.factory_count));
        }
        return {};
    }

    const Provision* provision_of(const shoal_factory& factory) const
    {
        const auto kind = text_of(factory.kind);
        const auto name = text_of(factory.name);
        return kind && name ? manifest_.provision(*kind, *name) : nullptr;
    }

    Result<std::unique_ptr<Factory>> make(const shoal_factory& entry, const Provision& provision,
                                          const Kind& kind) const
    {
        if (entry.struct_size < sizeof(shoal_factory)) return broken("its factory is too short");
        if (entry.flags != 0) return broken("its factory has unknown flags");
        if (entry.create == nullptr || entry.destroy == nullptr)
            return broken("it has no create or no destroy");
        if (entry.table == nullptr) return broken("it has no table");
        if (provision.scope != kind.scope)
            return broken(fmt::format("its scope must be {}", scope_name(kind.scope)));

        auto factory = std::make_unique<Factory>(manifest_, provision, path_);
        factory->entry_ = entry;
        factory->table_.resize(kind.table_size / sizeof(std::uint64_t));
        auto table = std::as_writable_bytes(std::span(factory->table_));
        if (auto done = copy_struct(entry.table, table, "table"); !done) return done.error();
        std::uint32_t flags = 0;
        std::memcpy(&flags, table.data() + sizeof(std::uint32_t), sizeof flags);
        if ((flags & ~kind.flags) != 0)
            return broken(fmt::format("its table has unknown flags ({:#x})", flags));
        if (auto sound = kind.check(factory->table_.data()); !sound) return sound.error();
        factory->parallel_ = (flags & kind.parallel_flag) != 0;
        return factory;
    }

    const Manifest& manifest_;
    const std::filesystem::path& path_;
};

Result<std::unique_ptr<Library>> Library::open(const std::filesystem::path& path, const Manifest& manifest)
{
    auto loaded = load(path, manifest);
    if (!loaded) return loaded.error();
    pin(path);
    auto descriptor = descriptor_of(*loaded, manifest);
    if (!descriptor) return descriptor.error();
    return adopt(*descriptor, manifest, path);
}

Result<std::unique_ptr<Library>> Library::adopt(const shoal_plugin* descriptor, const Manifest& manifest,
                                                const std::filesystem::path& path)
{
    auto factories = LibraryCheck(manifest, path).factories(descriptor);
    if (!factories) return factories.error();
    return std::make_unique<Library>(std::move(*factories));
}

}  // namespace shoal::host
