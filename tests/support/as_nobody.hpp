// Root may do anything to a file; this thread, and those it starts, for a while may not. No effect for other
// users.
#pragma once

#include <sys/fsuid.h>
#include <sys/types.h>

namespace shoal::test {

class AsNobody {
public:
    AsNobody() : group_(::setfsgid(65534)), user_(::setfsuid(65534)) {}
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody()
    {
        ::setfsuid(static_cast<uid_t>(user_));
        ::setfsgid(static_cast<gid_t>(group_));
    }

private:
    int group_;
    int user_;
};

} // namespace shoal::test
