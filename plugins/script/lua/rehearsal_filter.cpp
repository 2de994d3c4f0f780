#include "rehearsal.hpp"

namespace shoal::script_lua {

// The filters of torrents.list over the torrents that a test makes up: a function from a text to a function that says whether a table
// fits. The core has its own; a test holds the two against each other.
const char* const rehearsal_filter = R"lua(
local units = { k = 1e3, M = 1e6, G = 1e9, T = 1e12, Ki = 1024, Mi = 1024 ^ 2, Gi = 1024 ^ 3, Ti = 1024 ^ 4,
    s = 1, m = 60, h = 3600, d = 86400, w = 604800 }

local function tokens_of(text)
    local tokens, at = {}, 1
    while true do
        at = text:find("%S", at)
        if not at then return tokens end
        local word
        if text:sub(at, at) == '"' then
            local value, i = {}, at + 1
            while text:sub(i, i) ~= '"' do
                if i > #text then error("filter: a quotation mark is not closed", 0) end
                if text:sub(i, i) == "\\" then i = i + 1 end
                value[#value + 1] = text:sub(i, i)
                i = i + 1
            end
            tokens[#tokens + 1] = { quoted = table.concat(value) }
            at = i + 1
        else
            word = text:match("^[!<>]=", at) or text:match("^[=<>~(),]", at) or text:match('^[^%s=<>~(),"!]+', at)
            if not word then error("filter: what is '" .. text:sub(at, at) .. "'?", 0) end
            tokens[#tokens + 1] = { word = word }
            at = at + #word
        end
    end
end

local function number_of(token)
    if token.quoted then return nil end
    local digits, unit = token.word:match("^(%-?[%d.]+)(%a*)$")
    local number = digits and tonumber(digits)
    if not number or unit == "" then return number end
    if unit:sub(-1) == "B" then unit = unit:sub(1, -2) end
    if unit == "" then return number end
    return units[unit] and number * units[unit]
end

local function field_of(subject, name)
    local value = subject[name]
    if value ~= nil then return value end
    local outer, inner = name:match("^([^.]+)%.(.+)$")
    return outer and type(subject[outer]) == "table" and field_of(subject[outer], inner) or nil
end

local function glob_of(pattern)
    if not pattern:find("[*?]") then pattern = "*" .. pattern .. "*" end
    local escaped = pattern:lower():gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
    return "^" .. escaped .. "$"
end

local compare = {
    ["="] = function(a, b) return a == b end,
    ["<"] = function(a, b) return a < b end,
    ["<="] = function(a, b) return a <= b end,
    [">"] = function(a, b) return a > b end,
    [">="] = function(a, b) return a >= b end,
}

local function one_fits(value, operator, token)
    local text = token.quoted or token.word
    if type(value) == "number" then
        local number = number_of(token)
        return number ~= nil and compare[operator](value, number)
    end
    if type(value) == "boolean" then return operator == "=" and token.word == tostring(value) end
    if type(value) ~= "string" then return false end
    return compare[operator](value, text)
end

local function any(value, fits)
    if type(value) ~= "table" then return value ~= nil and fits(value) end
    for _, one in ipairs(value) do
        if fits(one) then return true end
    end
    return false
end

local function is_something(value)
    if type(value) == "table" then return next(value) ~= nil end
    return value ~= nil and value ~= false and value ~= 0 and value ~= ""
end

local parse_or

local function parse_values(tokens, at)
    local values = {}
    if not (tokens[at] and tokens[at].word == "(") then error("filter: 'in' wants a list in parentheses", 0) end
    repeat
        values[#values + 1] = tokens[at + 1] or error("filter: the list is not closed", 0)
        at = at + 2
    until not (tokens[at] and tokens[at].word == ",")
    if not (tokens[at] and tokens[at].word == ")") then error("filter: the list is not closed", 0) end
    return values, at + 1
end

local function parse_comparison(tokens, at)
    local name = tokens[at] and tokens[at].word or error("filter: the name of a field is missing", 0)
    local operator = tokens[at + 1] and tokens[at + 1].word
    if operator == "in" then
        local values, after = parse_values(tokens, at + 2)
        return function(subject)
            return any(field_of(subject, name), function(value)
                for _, wanted in ipairs(values) do
                    if one_fits(value, "=", wanted) then return true end
                end
                return false
            end)
        end, after
    end
    local token = tokens[at + 2]
    if operator == "~" then
        local glob = glob_of(token.quoted or token.word)
        return function(subject)
            return any(field_of(subject, name), function(value) return tostring(value):lower():match(glob) ~= nil end)
        end, at + 3
    end
    local is_not = operator == "!="
    if is_not then operator = "=" end
    if operator and compare[operator] and token then
        return function(subject)
            local fits = any(field_of(subject, name), function(value) return one_fits(value, operator, token) end)
            return fits ~= is_not
        end, at + 3
    end
    return function(subject) return is_something(field_of(subject, name)) end, at + 1
end

local function parse_not(tokens, at)
    local word = tokens[at] and tokens[at].word
    if word == "not" then
        local inner, after = parse_not(tokens, at + 1)
        return function(subject) return not inner(subject) end, after
    end
    if word ~= "(" then return parse_comparison(tokens, at) end
    local inner, after = parse_or(tokens, at + 1)
    if not (tokens[after] and tokens[after].word == ")") then error("filter: a parenthesis is not closed", 0) end
    return inner, after + 1
end

local function parse_and(tokens, at)
    local left, after = parse_not(tokens, at)
    while tokens[after] and tokens[after].word == "and" do
        local first, right = left
        right, after = parse_not(tokens, after + 1)
        left = function(subject) return first(subject) and right(subject) end
    end
    return left, after
end

function parse_or(tokens, at)
    local left, after = parse_and(tokens, at)
    while tokens[after] and tokens[after].word == "or" do
        local first, right = left
        right, after = parse_and(tokens, after + 1)
        left = function(subject) return first(subject) or right(subject) end
    end
    return left, after
end

return function(text)
    local tokens = tokens_of(text)
    local fits, after = parse_or(tokens, 1)
    if tokens[after] then error("filter: there is something after its end", 0) end
    return fits
end
)lua";

} // namespace shoal::script_lua
