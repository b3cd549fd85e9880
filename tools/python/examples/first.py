import numpy as np

import nib

random = np.random.default_rng(0)
x = random.normal(size=(1000, 4))
y = np.where(x[:, 0] * x[:, 1] > 0, "same", "other")
model = nib.Model("standardize, linear 32, relu, linear")
model.train(x, y, epochs=40)
print("right:", np.mean(np.array(model.classes)[model.predict(x).argmax(axis=1)] == y))
