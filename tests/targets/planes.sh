# A table of series of two channels, 6 x 5, with two classes, and a network over them with every operation on planes.
# Sourced by the tests.
planes_network='conv2d 6 3x3 padding=1, batchnorm, relu, residual(conv2d 6 3 padding=1 groups=6, batchnorm | conv2d 6 1),
relu, maxpool 3 stride=1 padding=1, conv2d 10 2 stride=2 groups=2, tanh, batchnorm, avgpool 2x1, flatten, relu, linear 9,
relu, linear'

# write_planes FILE
write_planes() {
  awk 'BEGIN {
    state = 7
    for (i = 0; i < 60; ++i) printf "p%d,", i
    print "kind"
    for (row = 0; row < 60; ++row) {
      sum = 0
      for (i = 0; i < 60; ++i) {
        state = (state * 5167 + 3851) % 65536
        if (i % 7 < 3) sum += state
        printf "%.4f,", state / 65536
      }
      print (sum > 26 * 32768 ? "high" : "low")
    }
  }' >"$1"
}
