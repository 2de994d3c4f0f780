# Completes shoal in fish. What can be typed is asked of the program itself: `shoal complete WORD...`.

function __shoal_completions
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l typed (commandline --current-token --cut-at-cursor)
    for line in (command $words[1] complete $words[2..-1] "$typed" 2>/dev/null)
        switch $line
            case '#files'
                __fish_complete_path "$typed"
            case '#folders'
                __fish_complete_directories "$typed"
            case '*'
                echo $line
        end
    end
end

complete --command shoal --no-files --arguments '(__shoal_completions)'
