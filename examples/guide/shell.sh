# The guide's commands, as they are typed. check_shell.sh runs them.
handoff config check farm.toml
handoff serve --config farm.toml &

handoff put jobs "resize cat.png" "resize dog.png"
handoff peek jobs --count 10
handoff get jobs
seq 3 | handoff put numbers -
handoff close numbers
handoff get numbers --follow
handoff get jobs --timeout 5s
handoff join jobs --timeout 5s

handoff value visits add 2
handoff dict prices set apples 3 pears 5
handoff dict prices
