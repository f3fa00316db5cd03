"""What lastack explore --json prints is what spec/explore.schema.json says, and the schema is not content with anything.

Usage: explore_schema_test.py SCHEMA LASTACK. Exit status 77 (skipped) where the package jsonschema is missing.
"""

import copy
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)

RUNS = (
    (["--data", "0"], 0),
    (["--data", "0", "--no-properties"], 0),
    (["--data", "0", "--inverted", "3.10.7.3-4-SYNACK"], 1),
    (["--data", "0", "--without", "3.10.8-TW"], 1),
    (["--loss", "1", "--states", "100"], 3),
)


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for options, code in RUNS:
        done = subprocess.run([sys.argv[2], "explore", "--json", *options], capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (code, ""), (options, done.returncode, done.stderr)
        answer = json.loads(done.stdout)
        validator.validate(answer)
        assert answer["exit"] == code
        of_system = answer["system"]
        assert sum(map(sum, answer["pairs"])) == of_system["states"] == sum(of_system["levels"])
        violated = [p for p in answer["properties"] if p["answer"] == "violated"]
        assert bool(violated) == (code == 1)
        for spoil in (
            lambda a: a.pop("exit"),
            lambda a: a.update(more=1),
            lambda a: a["pairs"].pop(),
            lambda a: a["system"].update(ended="maybe"),
            lambda a: a["properties"].append({"id": "S1"}),
            lambda a: a["properties"].append(
                {"id": "S1", "sentence": "", "answer": "violated", "sometimes": False, "liveness": False}
            ),
        ):
            spoilt = copy.deepcopy(answer)
            spoil(spoilt)
            assert not validator.is_valid(spoilt)
    print(f"{len(RUNS)} answers are as the schema says")
    return 0


sys.exit(main())
