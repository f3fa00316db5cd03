// The command `lastack`: one subcommand a question.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "commands.hpp"

int main(int argc, char** argv) {
    CLI::App app{"The TCP connection lifecycle of RFC 9293 as an executable specification", "lastack"};
    app.require_subcommand(1);
    app.set_version_flag("--version", LASTACK_VERSION);
    app.failure_message([](const CLI::App*, const CLI::Error& e) {
        return std::string{"lastack: "} + e.what() + "; --help tells more\n";
    });
    lastack::add_check(app);
    lastack::add_play(app);
    lastack::add_describe(app);
    lastack::add_why(app);
    lastack::add_explore(app);
    int code = 0;
    try {
        app.parse(argc, argv);
    } catch (const CLI::RuntimeError& e) {
        code = e.get_exit_code();
    } catch (const CLI::ParseError& e) {
        code = app.exit(e) == 0 ? 0 : 2;  // --help, or bad usage
    }
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        std::fputs("lastack: standard output cannot be written: the answer is not complete\n", stderr);
        return 2;
    }
    return code;
}
