# Agreement of two yes-or-no records by session, in base R: Rscript agreement.R
# Writes sessions.csv (made up at random) and numbers.csv. Kappa is written out from Cohen's
# definition; Wilson's interval is prop.test's without continuity correction; standard errors
# leave out each client in turn.
set.seed(20)
clients <- 30
rows <- do.call(rbind, lapply(seq_len(clients), function(i) {
  n <- sample(4:20, 1)
  proneness <- rbeta(1, 1, 4)
  logged <- rbinom(n, 1, proneness)
  found <- ifelse(logged == 1, rbinom(n, 1, 0.6), rbinom(n, 1, 0.08))
  data.frame(client = i, session = seq_len(n), found = found, logged = logged)
}))
write.csv(rows, "sessions.csv", row.names = FALSE, quote = FALSE)

measures <- function(d) {
  t <- table(factor(d$found, 0:1), factor(d$logged, 0:1))
  p <- t / sum(t)
  observed <- sum(diag(p))
  expected <- sum(rowSums(p) * colSums(p))
  c(sensitivity = t[2, 2] / sum(t[, 2]), ppv = t[2, 2] / sum(t[2, ]),
    specificity = t[1, 1] / sum(t[, 1]), kappa = (observed - expected) / (1 - expected))
}
uses <- list(sensitivity = rows$logged == 1, ppv = rows$found == 1,
             specificity = rows$logged == 0, kappa = rep(TRUE, nrow(rows)))
whole <- measures(rows)
out <- do.call(rbind, lapply(names(whole), function(m) {
  carriers <- unique(rows$client[uses[[m]]])
  left <- sapply(carriers, function(i) measures(rows[rows$client != i, ])[m])
  g <- length(carriers)
  se <- sqrt((g - 1) / g * sum((left - whole[m])^2))
  n <- sum(uses[[m]])
  if (m == "kappa") {
    simple <- c(NA, NA)
    low <- whole[m] - qt(.975, g - 1) * se
    high <- whole[m] + qt(.975, g - 1) * se
  } else {
    simple <- prop.test(whole[m] * n, n, correct = FALSE)$conf.int
    effective <- min(n, whole[m] * (1 - whole[m]) / se^2)
    both <- prop.test(whole[m] * effective, effective, correct = FALSE)$conf.int
    low <- both[1]
    high <- both[2]
  }
  data.frame(measure = m, value = whole[m], of = n, low = low, high = high,
             simple_low = simple[1], simple_high = simple[2])
}))
write.csv(format(out, digits = 12), "numbers.csv", row.names = FALSE, quote = FALSE)
