// The precompiled header of the tests belongs to a target, which must have a source. It is a program because they are: compilers mind.
int main() {}
