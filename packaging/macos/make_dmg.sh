#!/bin/sh
# The disk image for macOS, UNTESTED: there was no Mac where this was written. Build the bundle first, then run this.
# Without a certificate of Apple the system asks before it opens the program for the first time.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$root/dist/TextGen GUI.app" "$stage/"
ln -s /Applications "$stage/Applications"
hdiutil create -volname "TextGen GUI" -srcfolder "$stage" -ov -format ULMO "$root/dist/TextGen GUI.dmg"
