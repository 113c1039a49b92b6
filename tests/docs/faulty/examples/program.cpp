void f() {
  //{ same
  int same = [] { return 1; }();
  //} same
  //{ other
  int other = 2;
  //} other
}
