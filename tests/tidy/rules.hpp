#pragma once

#include "tidy/source.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

// The house rules. Each function looks at one file, or at all files, and returns what it found;
// what a rule is for stands beside it in CONTRIBUTING.md.

namespace handoff::tidy {

struct Finding {
    std::string path;
    std::size_t line = 0;
    std::string rule;
    std::string advice;  ///< what to do
};

using Findings = std::vector<Finding>;

/// "path:line: rule: advice", which editors take as a place to jump to.
std::string to_string(const Finding& finding);

// Include directions (rules_include.cpp)

/// The public headers that include nothing but the standard library and each other, as "handoff/x".
/// The pure rooms may include these and no other public header.
std::set<std::string> leaf_headers(const std::vector<Source>& sources);

Findings check_includes(const Source& source, const std::set<std::string>& leaves);

/// toml++ takes 5 seconds to compile and CLI11 11: each is included by at most one file.
Findings check_slow_headers(const std::vector<Source>& sources);

// Shape (rules_shape.cpp, rules_function.cpp)

Findings check_file_length(const Source& source);      // at most 500 lines
Findings check_columns(const Source& source);          // at most 100 columns
Findings check_function_length(const Source& source);  // at most 70 lines
Findings check_pragma_once(const Source& source);
Findings check_using_namespace(const Source& source);  // not in headers

// Words (rules_words.cpp)

Findings check_sleep(const Source& source);           // not in tests and examples
Findings check_unfinished(const Source& source);      // notes to oneself
Findings check_disabled_tests(const Source& source);  // commented out, or hidden by a tag
Findings check_machine_paths(const Source& source);   // places that only one machine has
Findings check_hosts(const Source& source);           // links to places that were not agreed on

// Pages (rules_pages.cpp)

Findings check_title(const Source& source);  // one `# Title`, at the top

/// Links between pages lead somewhere, and each page of docs is reached from the README.
/// `exists` holds every path of the tree, folders too.
Findings check_links(const std::vector<Source>& sources, const std::set<std::string>& exists);

/// Tests that a page names by their files are there, and so are cases that it names behind one:
/// `process/death_test.cpp`: what a killed process had leased …; the name may be cut short so.
Findings check_named_tests(const std::vector<Source>& sources);

// Snippets (rules_snippets.cpp)

/// The code on the pages that teach stands, line for line, in a file of the examples, which the
/// build compiles and the tests run. The whole of a block may be indented otherwise than there.
Findings check_snippets(const std::vector<Source>& sources);

}  // namespace handoff::tidy
