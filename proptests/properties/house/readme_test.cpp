// README.ko.md is README.md in Korean: it must show the same commands and the same code.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

/// The lines of code in a Markdown text, fenced or indented by four blanks, without what they say to people: `# ...` and
/// `// ...` behind a blank.
std::vector<std::string> code_lines(const std::string& markdown) {
    static const std::regex remark(R"(\s+(#|//)\s.*$)");
    std::vector<std::string> code;
    bool fenced = false;
    std::istringstream lines(markdown);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("```")) {
            fenced = !fenced;
            code.push_back(line);
        } else if (fenced || line.starts_with("    ")) {
            code.push_back(std::regex_replace(line, remark, ""));
        }
    }
    return code;
}

std::string text_of(const std::string& name) {
    std::ifstream file(std::string(LASTACK_SOURCE_DIR) + "/" + name);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

std::size_t headings(const std::string& markdown) {
    std::size_t count = 0;
    std::istringstream lines(markdown);
    for (std::string line; std::getline(lines, line);) count += line.starts_with("## ") ? 1 : 0;
    return count;
}

TEST(Readme, IsTheSameInKoreanToTheLastCommand) {
    const std::string english = text_of("README.md");
    const std::string korean = text_of("README.ko.md");
    ASSERT_GT(code_lines(english).size(), 50u);
    EXPECT_EQ(joined(code_lines(english)), joined(code_lines(korean)));
    EXPECT_EQ(headings(english), headings(korean));
}

TEST(Readme, OnlyWhatIsSaidToPeopleMayDiffer) {
    EXPECT_EQ(code_lines("a\n\n    ./dev demo    # says\n"), code_lines("b\n\n    ./dev demo    # 말한다\n"));
    EXPECT_EQ(code_lines("```cpp\nint a;  // one\n```\n"), code_lines("```cpp\nint a;  // 하나\n```\n"));
    EXPECT_NE(code_lines("```\n#include <a>\n```\n"), code_lines("```\n#include <b>\n```\n"));
    EXPECT_NE(code_lines("    ./dev demo\n"), code_lines("    ./dev test\n"));
    EXPECT_NE(code_lines("    ./dev demo\n"), code_lines(""));
}

}  // namespace
