# Recomputes each line of the file that tests/test_stats.c writes ("name numbers : results") and stops where a
# result differs by more than 1e-9.
lines <- readLines(commandArgs(TRUE)[1])
worst <- 0
check <- function(line, ours, theirs) {
  off <- max(abs(ours - theirs))
  if (!is.finite(off) || off > 1e-9) {
    cat(line, "\nR:", format(theirs, digits = 17), "\n")
    quit(status = 1)
  }
  worst <<- max(worst, off)
}
for (line in lines) {
  halves <- strsplit(line, ":", fixed = TRUE)[[1]]
  words <- strsplit(trimws(halves[1]), " ")[[1]]
  ours <- as.numeric(strsplit(trimws(halves[2]), " ")[[1]])
  x <- as.numeric(words[-1])
  theirs <- suppressWarnings(switch(words[1],
    chi = { t <- chisq.test(matrix(x[-1], nrow = x[1], byrow = TRUE), correct = FALSE)
            c(t$statistic, t$p.value, t$parameter) },
    fisher = fisher.test(matrix(x, nrow = 2, byrow = TRUE))$p.value,
    trend = { m <- matrix(x, nrow = 3); t <- prop.trend.test(m[1, ], m[2, ], m[3, ])
              c(t$statistic, t$p.value) },
    series = { n <- length(x); year <- 2004 + seq_len(n)
               t <- cor.test(year, x, method = "kendall", exact = FALSE, continuity = TRUE)
               pairs <- combn(n, 2)
               slopes <- (x[pairs[2, ]] - x[pairs[1, ]]) / (year[pairs[2, ]] - year[pairs[1, ]])
               c(t$p.value, t$estimate, median(slopes)) },
    adjust = p.adjust(x, "BH"),
    wilson = prop.test(x[1], x[2], correct = FALSE)$conf.int))
  check(line, ours, as.numeric(theirs))
}
cat(length(lines), "results agree with R; the largest difference is", format(worst), "\n")
