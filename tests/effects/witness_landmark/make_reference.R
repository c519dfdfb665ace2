# Remakes reference.csv from ../witness_conventional/sessions.csv and episodes.csv: Rscript make_reference.R
# (in this folder). Base R only; groups, means and HC3 are worked out here anew.
s <- read.csv("../witness_conventional/sessions.csv"); e <- read.csv("../witness_usual/episodes.csv")
e <- e[order(e$client, e$onset), ]; first <- e[!duplicated(e$client), ]
hc3 <- function(m) {
  x <- model.matrix(m); bread <- solve(crossprod(x)); h <- rowSums((x %*% bread) * x)
  sqrt(diag(bread %*% crossprod(x * (resid(m) / (1 - h))) %*% bread))
}
rows <- lapply(c(2, 3, 6), function(k) {
  d <- do.call(rbind, lapply(seq_len(nrow(first)), function(i) {
    f <- first[i, ]; own <- s[s$client == f$client, ]
    data.frame(before = mean(own$total[own$session < f$onset]),
               after = mean(own$total[own$session > f$onset + k]), onset = f$onset,
               repaired = as.numeric(f$outcome == "repaired" & f$end <= f$onset + k))
  }))
  d <- d[!is.nan(d$before) & !is.nan(d$after), ]
  m <- lm(after ~ repaired + before + log(onset), d)
  data.frame(landmark = k, estimate = signif(coef(m)[["repaired"]], 9), se = signif(hc3(m)[["repaired"]], 9),
             df = m$df.residual, repaired = sum(d$repaired), unrepaired = sum(1 - d$repaired))
})
writeLines(paste("#", R.version.string), "reference.csv")
suppressWarnings(write.table(do.call(rbind, rows), "reference.csv", append = TRUE, sep = ",", row.names = FALSE))
