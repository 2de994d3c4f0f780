// The entry of a plug-in library:
//
//     SHOAL_PLUGIN(R"json({ "id": "org.example.picker.hello", … })json", shoal::picker<Hello>("hello"))
//
// puts the manifest (shoal/abi/plugin.h says what is in it) into its own section of the file, where a host
// reads it without loading anything, and defines the one exported function. Everything here is constant: no
// state outside instances, because thousands of them share one loaded library.
#pragma once

#include <shoal/abi/plugin.h>
#include <shoal/crossing.hpp>
#include <shoal/detail/fence.hpp>
#include <shoal/host.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace shoal::detail {

/// What `self` points to: the author's object and the host it was made with.
template <class T>
struct Instance {
    explicit Instance(const shoal_host* raw) : host(raw), object(host) {}

    static Instance& from(void* self) noexcept { return *static_cast<Instance*>(self); }

    Host host;
    T object;
};

template <class T>
shoal_status create(const shoal_host* host, void** self) noexcept
{
    return fence(host, "create", [&]() -> shoal_status {
        *self = std::make_unique<Instance<T>>(host).release();
        return SHOAL_OK;
    });
}

template <class T>
void stop(void* self) noexcept
{
    auto& instance = Instance<T>::from(self);
    fence_void(instance.host.raw(), "on_stop", [&] { instance.object.on_stop(); });
}

template <class T>
void destroy(void* self) noexcept
{
    const std::unique_ptr<Instance<T>> last(&Instance<T>::from(self));
}

template <class T>
[[nodiscard]] constexpr shoal_factory make_factory(std::string_view kind, std::string_view name,
                                                   const void* table)
{
    static_assert(std::constructible_from<T, Host&>, "a plug-in class is constructed from a shoal::Host&");
    return {sizeof(shoal_factory), 0, to_abi(kind), to_abi(name), table, &create<T>, &stop<T>, &destroy<T>};
}

// The terminator of the literal stays out of the file: what is in the section is the JSON and nothing else.
template <std::size_t Size>
[[nodiscard]] constexpr std::array<char, Size - 1> unterminated(const char (&literal)[Size])
{
    std::array<char, Size - 1> text{};
    for (std::size_t i = 0; i < Size - 1; ++i) text[i] = literal[i];
    return text;
}

template <std::size_t Count>
[[nodiscard]] constexpr auto pointers_to(const shoal_factory (&factories)[Count])
{
    std::array<const shoal_factory*, Count> pointers{};
    for (std::size_t i = 0; i < Count; ++i) pointers[i] = &factories[i];
    return pointers;
}

} // namespace shoal::detail

// `retain` keeps --gc-sections from dropping what no code refers to.
#define SHOAL_IN_MANIFEST_SECTION __attribute__((section(SHOAL_MANIFEST_SECTION), used, retain))

#define SHOAL_PLUGIN(manifest_json, ...)                                                                     \
    namespace {                                                                                              \
    SHOAL_IN_MANIFEST_SECTION constexpr auto shoal_manifest = ::shoal::detail::unterminated(manifest_json);  \
    constexpr shoal_factory shoal_factories[] = {__VA_ARGS__};                                               \
    constexpr auto shoal_factory_pointers = ::shoal::detail::pointers_to(shoal_factories);                   \
    constexpr shoal_plugin shoal_descriptor{sizeof(shoal_plugin),                                            \
                                            0,                                                               \
                                            {shoal_manifest.data(), shoal_manifest.size()},                  \
                                            shoal_factory_pointers.data(),                                   \
                                            static_cast<std::uint32_t>(shoal_factory_pointers.size()),       \
                                            0};                                                              \
    }                                                                                                        \
    extern "C" SHOAL_EXPORT const shoal_plugin* SHOAL_PLUGIN_ENTRY(void) { return &shoal_descriptor; }
