#!/bin/sh
# Writes smart_charging.yaml with the three apps into AppDaemon's apps folder, the one above this file's, unless some
# file there has them already. It changes no file that exists.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
apps=$(dirname "$here")
target=$apps/smart_charging.yaml

if [ -n "$(find "$apps" \( -name '*.yaml' -o -name '*.toml' \) -exec grep -l ChargingMonitor {} +)" ] || [ -e "$target" ]; then
    echo "Smart Charging: the apps folder has the apps already"
else
    cp "$here/apps.yaml.example" "$target.draft"
    mv "$target.draft" "$target"
    echo "Smart Charging: wrote $target; what the apps should do otherwise can be written there"
fi
