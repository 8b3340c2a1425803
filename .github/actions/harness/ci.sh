#!/bin/sh
# Runs scenarios in CI, whichever system that is:
#
#     ci.sh pull-request|nightly [PATH|FLAG...]
#
# pull-request  the profile `ci`: a minute for each search, and an end at the first surprise.
# nightly       the profile `nightly`: half an hour for each, all of them, with another seed every day.
#
# Both replay stored failures first. Reports and traces go to the folder harness-report, or to the one
# that HARNESS_CI_REPORTS names; its traces/ is the failure database, to be kept from night to night.
# Everything else is a setting of harness: pyproject.toml, HARNESS_BASELINE, HARNESS_TIME_BUDGET, ...
# The exit code is that of `harness run`. Needs nothing but that command.
set -eu

case "${1:-}" in
pull-request) profile=ci ;;
nightly) profile=nightly ;;
*)
    echo "usage: ci.sh pull-request|nightly [PATH|FLAG...]" >&2
    exit 2
    ;;
esac
shift

reports=${HARNESS_CI_REPORTS:-harness-report}
if [ "$profile" = nightly ] && [ -z "${HARNESS_SEED:-}" ]; then
    HARNESS_SEED=$(date -u +%Y%m%d)
    export HARNESS_SEED
fi

# In the place of this shell, so that a job that is cancelled still writes its reports.
exec harness run \
    --profile "$profile" \
    --artifacts "$reports/traces" \
    --json "$reports/results.json" \
    --junitxml "$reports/junit.xml" \
    --sarif "$reports/harness.sarif" \
    "$@"
