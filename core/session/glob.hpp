#pragma once

#include <string_view>

namespace shoal::session {

// Shell patterns on the paths of a torrent: '*' any characters but '/', '**' also '/', '?' one character but '/';
// '**/' as a component stands for any folders and for none. A pattern without '/' and "**" is compared with the last
// component alone: "*.mkv" finds it in any folder. Case matters.
bool matches_glob(std::string_view glob, std::string_view path);

}  // namespace shoal::session
