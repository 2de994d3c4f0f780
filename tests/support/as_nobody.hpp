// Root may do anything to a file; this thread, and those it starts, for a while may not. Whoever is not root is somebody who may
// not already: a test takes the rights away from the owner and from others, and runs for both.
#pragma once

#include <catch2/catch.hpp>

#include <sys/fsuid.h>
#include <sys/types.h>
#include <unistd.h>

namespace shoal::test {

class AsNobody {
public:
    AsNobody() : group_(::setfsgid(nobody)), user_(::setfsuid(nobody))
    {
        // They do not say whether they worked; asked again, they say who we are.
        const bool is_nobody = ::setfsuid(static_cast<uid_t>(-1)) == static_cast<int>(nobody);
        REQUIRE((is_nobody || ::geteuid() != 0));
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody()
    {
        ::setfsuid(static_cast<uid_t>(user_));
        ::setfsgid(static_cast<gid_t>(group_));
    }

private:
    static constexpr uid_t nobody = 65534;

    int group_;
    int user_;
};

} // namespace shoal::test
